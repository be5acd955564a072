"""The bridge to Label Studio: its server, our labelling interface, tasks, and their exchange."""
