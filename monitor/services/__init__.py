"""What a person does with what was found, in verbs: decide, report, enrol, log in. The command line, the daemon and a
page ask these; none of them reaches into the store."""
