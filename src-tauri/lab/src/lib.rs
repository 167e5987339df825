//! The session machine of the Lab: a goal in plain words becomes stages, tool calls and questions to a person.
