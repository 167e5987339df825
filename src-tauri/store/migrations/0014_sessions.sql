-- The Lab's sessions are read apart from everything else: all of them in order, or one, whose id each of its facts begins with.
CREATE INDEX facts_sessions ON facts (device, seq) WHERE kind >= 70 AND kind <= 79;
CREATE INDEX facts_of_session ON facts (substr(body, 1, 16), device, seq) WHERE kind >= 70 AND kind <= 79;
