"""What a person does with what was found, in verbs: decide, report, enrol, log in. The command line and a page
ask these and never reach into the store. The daemon asks them too, and keeps the store's house beside that."""
