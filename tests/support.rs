//! What the journeys share: temporary workspaces, the staging world, processes that end with their test.
