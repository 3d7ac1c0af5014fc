"""The main job once, on the sandbox, through the schema alone."""
