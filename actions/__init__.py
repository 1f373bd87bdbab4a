"""What the assistant does in a turn: pure steps from a person's state to replies, and the rasa_sdk actions on top."""
