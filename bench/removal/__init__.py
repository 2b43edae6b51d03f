"""Whether what was found is still there: some thirty sites on loopback over a simulated year, looked at when looks are
due and at no other time. `sites` says what each does, `truth` judges what is told, `simulate` lets the time pass."""
