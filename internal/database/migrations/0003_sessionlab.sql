-- What the lab knows of a member beyond the tutorial's table, which may be a Django project's own.
-- No foreign keys: Django rebuilds its tables when it migrates them.
CREATE TABLE sessionlab_member (
    member_id       INTEGER PRIMARY KEY,        -- online_member.id
    username_key    TEXT UNIQUE,                -- NFKC and case folded: one name, whatever its case
    session_version INTEGER NOT NULL DEFAULT 1, -- goes up to end all sessions
    created_at      TEXT NOT NULL
);

CREATE TABLE sessionlab_member_session (
    id          INTEGER PRIMARY KEY AUTOINCREMENT, -- what a page shows instead of the key
    member_id   INTEGER NOT NULL,
    session_key TEXT NOT NULL UNIQUE,
    user_agent  TEXT NOT NULL,
    created_at  TEXT NOT NULL
);
CREATE INDEX sessionlab_member_session_member ON sessionlab_member_session (member_id);

CREATE TABLE sessionlab_setting (
    name  TEXT PRIMARY KEY,
    value TEXT NOT NULL
);
