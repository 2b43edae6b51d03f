"""How tests serve on loopback, one way for each kind:

- `streams.listening`: bytes, by a handler of its own; what is hostile, a proxy or a scripted SMTP talk stands on it;
- `web.answering`: HTTP in this event loop; `web.threaded`: HTTP beside a program that runs in this thread;
- `mail.mail_server`: SMTP that keeps what it gets; `smtp_script.scripted`: SMTP that says what a test wants said.
"""
