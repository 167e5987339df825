//! House rules as a test: dependency direction, who names what, file sizes, descriptions.
