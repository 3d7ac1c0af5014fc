from letterhead.cli import app

app(prog_name="letterhead")
