"""Everything that runs inside Rasa's environment: which act a message is, and which action answers it."""
