"""Values as what is handed out: the JSON that commands print, the sealed record of a find, text as blocks. Plain
functions, no store and no clock."""
