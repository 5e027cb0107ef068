PRAGMA foreign_keys=OFF;
BEGIN TRANSACTION;
CREATE TABLE journal (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    database_id TEXT NOT NULL,
    created INTEGER NOT NULL,
    time INTEGER NOT NULL,
    audit_sequence INTEGER NOT NULL,
    audit_hash TEXT NOT NULL
) STRICT;
INSERT INTO journal VALUES(1,'00000000000000010000000000000001',1700000000000,1700000000000,13,'d95a72e90cde6f7d10a72ea3bfda5b10922b55855a95a82c3d3672c5dca82ec3');
CREATE TABLE blobs (
    digest TEXT PRIMARY KEY,
    length INTEGER NOT NULL,
    codec INTEGER NOT NULL,
    bytes BLOB NOT NULL
) STRICT;
INSERT INTO blobs VALUES('edeb572fc0570cf79a505d00ccb22fb9f80ee4081608f88f982e64166555e329',16,0,X'70657273697374656e63653d6f66660a');
CREATE TABLE plans (
    digest TEXT PRIMARY KEY,
    blob TEXT NOT NULL REFERENCES blobs (digest),
    stored INTEGER NOT NULL
) STRICT;
CREATE TABLE runs (
    key INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    runbook TEXT NOT NULL,
    runbook_version INTEGER NOT NULL,
    selector TEXT NOT NULL,
    targets TEXT NOT NULL,
    target_count INTEGER NOT NULL,
    user TEXT NOT NULL,
    requester TEXT NOT NULL,
    actor TEXT NOT NULL,
    parent TEXT,
    header TEXT NOT NULL,
    phase TEXT NOT NULL,
    started INTEGER NOT NULL,
    ended INTEGER,
    counts TEXT,
    exit_status INTEGER,
    stop_reason TEXT,
    plan_digest TEXT,
    last_sequence INTEGER NOT NULL,
    output_bytes INTEGER NOT NULL DEFAULT 0,
    owner TEXT,
    pruned INTEGER
) STRICT;
INSERT INTO runs VALUES(1,'77777777777777770000000000000007','apply','gpu-reset',3,'gpu01,gpu02','gpu[01-02]',2,'root','{"host":"ctl01","sshClient":"192.0.2.7","sudoUser":"alice","user":"root","userID":0}','{"host":"ctl01","sshClient":"192.0.2.7","sudoUser":"alice","user":"root","userID":0}',NULL,'{"command":[],"id":"77777777777777770000000000000007","kind":"apply","parameters":{"driver":"550"},"program":"test","requester":{"host":"ctl01","sshClient":"192.0.2.7","sudoUser":"alice","user":"root","userID":0},"runbook":"gpu-reset","runbookVersion":3,"selector":"gpu01,gpu02","targets":"gpu[01-02]"}','finished',1700000000000,1700000000000,'{"failed":1,"remediated":1}',1,NULL,NULL,8,16,NULL,NULL);
CREATE TABLE sources (
    run INTEGER NOT NULL REFERENCES runs (key),
    position INTEGER NOT NULL,
    path TEXT NOT NULL,
    blob TEXT NOT NULL REFERENCES blobs (digest),
    PRIMARY KEY (run, position)
) STRICT, WITHOUT ROWID;
CREATE TABLE targets (
    run INTEGER NOT NULL REFERENCES runs (key),
    position INTEGER NOT NULL,
    node TEXT NOT NULL,
    state TEXT NOT NULL,
    verdict TEXT,
    outcome TEXT,
    result TEXT,
    wave INTEGER,
    boot_id TEXT,
    machine_id TEXT,
    PRIMARY KEY (run, position)
) STRICT, WITHOUT ROWID;
INSERT INTO targets VALUES(1,0,'gpu01','queued',NULL,'remediated','{"causes":[],"irreversible":[],"isHeld":false,"outcome":"remediated","text":""}',NULL,NULL,NULL);
INSERT INTO targets VALUES(1,1,'gpu02','queued',NULL,'failed','{"causes":[],"irreversible":[],"isHeld":false,"outcome":"failed","text":"no"}',NULL,NULL,NULL);
CREATE TABLE events (
    run INTEGER NOT NULL REFERENCES runs (key),
    sequence INTEGER NOT NULL,
    time INTEGER NOT NULL,
    type TEXT NOT NULL,
    node TEXT,
    body TEXT NOT NULL,
    PRIMARY KEY (run, sequence)
) STRICT, WITHOUT ROWID;
INSERT INTO events VALUES(1,1,1700000000000,'run_started',NULL,'{"runStarted":{"_0":{"command":[],"id":"77777777777777770000000000000007","kind":"apply","parameters":{"driver":"550"},"program":"test","requester":{"host":"ctl01","sshClient":"192.0.2.7","sudoUser":"alice","user":"root","userID":0},"runbook":"gpu-reset","runbookVersion":3,"selector":"gpu01,gpu02","targets":"gpu[01-02]"}}}');
INSERT INTO events VALUES(1,2,1700000000000,'phase_changed',NULL,'{"phaseChanged":{"_0":"running"}}');
INSERT INTO events VALUES(1,3,1700000000000,'step_intended','gpu01','{"stepIntended":{"_1":{"bootID":"boot","effect":"once","id":{"attempt":1,"run":"77777777777777770000000000000007","step":0,"target":0},"machineID":"machine","name":"reset","purpose":"apply","scriptDigest":"c22995adc29757a99bc9242926a5d5b5a8007ecc78f30943161cf072af42d9d2","verb":"run"},"node":"gpu01"}}');
INSERT INTO events VALUES(1,4,1700000000000,'captured','gpu01','{"captured":{"_2":{"bytes":[],"digest":"edeb572fc0570cf79a505d00ccb22fb9f80ee4081608f88f982e64166555e329","id":{"attempt":1,"run":"77777777777777770000000000000007","step":0,"target":0}},"node":"gpu01","step":0}}');
INSERT INTO events VALUES(1,5,1700000000000,'step_ended','gpu01','{"stepEnded":{"_1":{"id":{"attempt":1,"run":"77777777777777770000000000000007","step":0,"target":0},"mayHaveChanged":false,"name":"reset","outcome":{"exited":{"_0":0}},"purpose":"apply","standardErrorBytes":0,"standardOutputBytes":0,"status":"changed","text":""},"node":"gpu01"}}');
INSERT INTO events VALUES(1,6,1700000000000,'node_finished','gpu01','{"nodeFinished":{"_1":{"causes":[],"irreversible":[],"isHeld":false,"outcome":"remediated","text":""},"node":"gpu01"}}');
INSERT INTO events VALUES(1,7,1700000000000,'node_finished','gpu02','{"nodeFinished":{"_1":{"causes":[],"irreversible":[],"isHeld":false,"outcome":"failed","text":"no"},"node":"gpu02"}}');
INSERT INTO events VALUES(1,8,1700000000000,'run_finished',NULL,'{"runFinished":{"_0":{"counts":{"failed":1,"remediated":1},"exitStatus":1}}}');
CREATE TABLE attempts (
    run INTEGER NOT NULL REFERENCES runs (key),
    target INTEGER NOT NULL,
    step INTEGER NOT NULL,
    attempt INTEGER NOT NULL,
    node TEXT NOT NULL,
    name TEXT NOT NULL,
    purpose TEXT NOT NULL,
    verb TEXT NOT NULL DEFAULT '',
    script_digest TEXT NOT NULL DEFAULT '',
    effect TEXT,
    boot_id TEXT NOT NULL DEFAULT '',
    machine_id TEXT NOT NULL DEFAULT '',
    host TEXT,
    intended INTEGER,
    started INTEGER,
    ended INTEGER,
    status TEXT,
    outcome TEXT,
    may_have_changed INTEGER NOT NULL DEFAULT 0,
    text TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (run, target, step, attempt)
) STRICT, WITHOUT ROWID;
INSERT INTO attempts VALUES(1,0,0,1,'gpu01','reset','apply','run','c22995adc29757a99bc9242926a5d5b5a8007ecc78f30943161cf072af42d9d2','once','boot','machine',NULL,1700000000000,NULL,1700000000000,'changed','{"exited":{"_0":0}}',0,'');
CREATE TABLE output_streams (
    run INTEGER NOT NULL REFERENCES runs (key),
    target INTEGER NOT NULL,
    step INTEGER NOT NULL,
    attempt INTEGER NOT NULL,
    stream INTEGER NOT NULL,
    node TEXT NOT NULL,
    bytes INTEGER NOT NULL,
    digest TEXT,
    limit_reason TEXT,
    PRIMARY KEY (run, target, step, attempt, stream)
) STRICT, WITHOUT ROWID;
INSERT INTO output_streams VALUES(1,0,0,1,1,'gpu01',16,'b76d3079f4e054183583735e01a0a28b8fdce0e29622ba12a0217e636a1dfeef',NULL);
CREATE TABLE output_blocks (
    id INTEGER PRIMARY KEY,
    run INTEGER NOT NULL REFERENCES runs (key),
    target INTEGER NOT NULL,
    step INTEGER NOT NULL,
    attempt INTEGER NOT NULL,
    stream INTEGER NOT NULL,
    start INTEGER NOT NULL,
    length INTEGER NOT NULL,
    codec INTEGER NOT NULL,
    bytes BLOB NOT NULL
) STRICT;
INSERT INTO output_blocks VALUES(1,1,0,0,1,1,0,16,0,X'4750552030207761732072657365740a');
CREATE TABLE captures (
    run INTEGER NOT NULL REFERENCES runs (key),
    sequence INTEGER NOT NULL,
    node TEXT NOT NULL,
    plan_step INTEGER NOT NULL,
    target INTEGER NOT NULL,
    step INTEGER NOT NULL,
    attempt INTEGER NOT NULL,
    digest TEXT NOT NULL,
    blob TEXT REFERENCES blobs (digest),
    PRIMARY KEY (run, sequence)
) STRICT, WITHOUT ROWID;
INSERT INTO captures VALUES(1,4,'gpu01',0,0,0,1,'edeb572fc0570cf79a505d00ccb22fb9f80ee4081608f88f982e64166555e329','edeb572fc0570cf79a505d00ccb22fb9f80ee4081608f88f982e64166555e329');
CREATE TABLE leases (
    node TEXT PRIMARY KEY,
    fence INTEGER NOT NULL,
    run TEXT,
    owner TEXT,
    claimed INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO leases VALUES('gpu01',1700000000000,NULL,NULL,1700000000000);
CREATE TABLE audit (
    sequence INTEGER PRIMARY KEY,
    time INTEGER NOT NULL,
    user TEXT NOT NULL,
    action TEXT NOT NULL,
    run TEXT,
    hash TEXT NOT NULL,
    record TEXT NOT NULL
) STRICT;
INSERT INTO audit VALUES(1,1700000000000,'root','journal.created',NULL,'2b0a57ca56ac92039a219bffc4c14d89a21c9caa0e69ebf24e407ca944d3ad11','{"action":"journal.created","actor":{"host":"ctl01","ssh_client":"192.0.2.7","sudo_user":"alice","uid":0,"user":"root"},"detail":{"schema":"1"},"previous":"0000000000000000000000000000000000000000000000000000000000000000","sequence":1,"time":1700000000000,"v":1}');
INSERT INTO audit VALUES(2,1700000000000,'root','run.started','77777777777777770000000000000007','dda0b086fca498b5191085ca460c5e5aa47afce6839bc003885f2e02d675e443','{"action":"run.started","actor":{"host":"ctl01","ssh_client":"192.0.2.7","sudo_user":"alice","uid":0,"user":"root"},"detail":{"kind":"apply","parameters":"{\"driver\":\"550\"}","program":"test","runbook":"gpu-reset","selector":"gpu01,gpu02","version":"3"},"nodes":"gpu[01-02]","previous":"2b0a57ca56ac92039a219bffc4c14d89a21c9caa0e69ebf24e407ca944d3ad11","run":"77777777777777770000000000000007","sequence":2,"time":1700000000000,"v":1}');
INSERT INTO audit VALUES(3,1700000000000,'root','run.events','77777777777777770000000000000007','5895cb172ed59fe6f27e470fec25d00951e913acabfc08a455b6ce4dd93f3bae','{"action":"run.events","actor":{"host":"ctl01","ssh_client":"192.0.2.7","sudo_user":"alice","uid":0,"user":"root"},"detail":{"digest":"28932094ed0e8d92796570451af11e4d3ca72caf4174a90b4250f29001c31881","first":"1","last":"2"},"previous":"dda0b086fca498b5191085ca460c5e5aa47afce6839bc003885f2e02d675e443","run":"77777777777777770000000000000007","sequence":3,"time":1700000000000,"v":1}');
INSERT INTO audit VALUES(4,1700000000000,'root','lease.claimed','77777777777777770000000000000007','19d0a3f5ead63a80b68f4b5023ba0cca6dd6afb0bca6fe730d7f686ef4c11c77','{"action":"lease.claimed","actor":{"host":"ctl01","ssh_client":"192.0.2.7","sudo_user":"alice","uid":0,"user":"root"},"detail":{"fence":"1700000000000"},"nodes":"gpu01","previous":"5895cb172ed59fe6f27e470fec25d00951e913acabfc08a455b6ce4dd93f3bae","run":"77777777777777770000000000000007","sequence":4,"time":1700000000000,"v":1}');
INSERT INTO audit VALUES(5,1700000000000,'root','step.intended','77777777777777770000000000000007','72083fc3e43b585b921ccf0d91bc6b64584f703d91d3f9b2ce46c11e0734e5a7','{"action":"step.intended","actor":{"host":"ctl01","ssh_client":"192.0.2.7","sudo_user":"alice","uid":0,"user":"root"},"detail":{"boot_id":"boot","id":"77777777777777770000000000000007.0.0.1","machine_id":"machine","purpose":"apply","script":"c22995adc29757a99bc9242926a5d5b5a8007ecc78f30943161cf072af42d9d2","step":"reset","verb":"run"},"nodes":"gpu01","previous":"19d0a3f5ead63a80b68f4b5023ba0cca6dd6afb0bca6fe730d7f686ef4c11c77","run":"77777777777777770000000000000007","sequence":5,"time":1700000000000,"v":1}');
INSERT INTO audit VALUES(6,1700000000000,'root','run.events','77777777777777770000000000000007','9bccbce18b8a49cbb3e3f91bd00a99e8924cfed22192a41320398c44f547e06f','{"action":"run.events","actor":{"host":"ctl01","ssh_client":"192.0.2.7","sudo_user":"alice","uid":0,"user":"root"},"detail":{"digest":"69b671c875877a9dc39998cbc99386571beeeddcd5c23d17ee6f54b5e464bbd2","first":"3","last":"3"},"previous":"72083fc3e43b585b921ccf0d91bc6b64584f703d91d3f9b2ce46c11e0734e5a7","run":"77777777777777770000000000000007","sequence":6,"time":1700000000000,"v":1}');
INSERT INTO audit VALUES(7,1700000000000,'root','step.ended','77777777777777770000000000000007','797dd8d73d079f78e095d436852be15cc2c377f136da7e85b2fc51b6c8aa3447','{"action":"step.ended","actor":{"host":"ctl01","ssh_client":"192.0.2.7","sudo_user":"alice","uid":0,"user":"root"},"detail":{"ending":"exit 0","id":"77777777777777770000000000000007.0.0.1","purpose":"apply","stdout":"b76d3079f4e054183583735e01a0a28b8fdce0e29622ba12a0217e636a1dfeef","step":"reset"},"nodes":"gpu01","outcome":"changed","previous":"9bccbce18b8a49cbb3e3f91bd00a99e8924cfed22192a41320398c44f547e06f","run":"77777777777777770000000000000007","sequence":7,"time":1700000000000,"v":1}');
INSERT INTO audit VALUES(8,1700000000000,'root','node.finished','77777777777777770000000000000007','b969c680c3d5c89530a6fbd69423cf2d30675f8ae37fa4243502212fc89ec432','{"action":"node.finished","actor":{"host":"ctl01","ssh_client":"192.0.2.7","sudo_user":"alice","uid":0,"user":"root"},"nodes":"gpu01","outcome":"remediated","previous":"797dd8d73d079f78e095d436852be15cc2c377f136da7e85b2fc51b6c8aa3447","run":"77777777777777770000000000000007","sequence":8,"time":1700000000000,"v":1}');
INSERT INTO audit VALUES(9,1700000000000,'root','node.finished','77777777777777770000000000000007','04e01ad4f0e5954c7c102ea2959d1b554df936445e51140af11fcbbca0ca155c','{"action":"node.finished","actor":{"host":"ctl01","ssh_client":"192.0.2.7","sudo_user":"alice","uid":0,"user":"root"},"detail":{"text":"no"},"nodes":"gpu02","outcome":"failed","previous":"b969c680c3d5c89530a6fbd69423cf2d30675f8ae37fa4243502212fc89ec432","run":"77777777777777770000000000000007","sequence":9,"time":1700000000000,"v":1}');
INSERT INTO audit VALUES(10,1700000000000,'root','run.events','77777777777777770000000000000007','3f76bad515d39cee3dd98e177327e3784b547adbffc421b7d581c2f813f8996a','{"action":"run.events","actor":{"host":"ctl01","ssh_client":"192.0.2.7","sudo_user":"alice","uid":0,"user":"root"},"detail":{"digest":"bab3ae2f16ce5e4e55b739d785a66e4abbfb52dd76459aff9506b4aa95a7a723","first":"4","last":"7"},"previous":"04e01ad4f0e5954c7c102ea2959d1b554df936445e51140af11fcbbca0ca155c","run":"77777777777777770000000000000007","sequence":10,"time":1700000000000,"v":1}');
INSERT INTO audit VALUES(11,1700000000000,'root','lease.released','77777777777777770000000000000007','2e3bfe3c12bba53543af0dcad5fde8a99eaf4edac023e2bfab01be3ebd705a9e','{"action":"lease.released","actor":{"host":"ctl01","ssh_client":"192.0.2.7","sudo_user":"alice","uid":0,"user":"root"},"nodes":"gpu01","previous":"3f76bad515d39cee3dd98e177327e3784b547adbffc421b7d581c2f813f8996a","run":"77777777777777770000000000000007","sequence":11,"time":1700000000000,"v":1}');
INSERT INTO audit VALUES(12,1700000000000,'root','run.finished','77777777777777770000000000000007','b0aba2b5328e4ec1becc3311a1127e7b4914037e0b17462b690cceebad3f22bb','{"action":"run.finished","actor":{"host":"ctl01","ssh_client":"192.0.2.7","sudo_user":"alice","uid":0,"user":"root"},"detail":{"exit_status":"1"},"outcome":"failed 1, remediated 1","previous":"2e3bfe3c12bba53543af0dcad5fde8a99eaf4edac023e2bfab01be3ebd705a9e","run":"77777777777777770000000000000007","sequence":12,"time":1700000000000,"v":1}');
INSERT INTO audit VALUES(13,1700000000000,'root','run.events','77777777777777770000000000000007','d95a72e90cde6f7d10a72ea3bfda5b10922b55855a95a82c3d3672c5dca82ec3','{"action":"run.events","actor":{"host":"ctl01","ssh_client":"192.0.2.7","sudo_user":"alice","uid":0,"user":"root"},"detail":{"digest":"4b6ad437d563192dd0d88cb6e412ffe15d72356aeb13e2b3c712a3df2c0c460e","first":"8","last":"8"},"previous":"b0aba2b5328e4ec1becc3311a1127e7b4914037e0b17462b690cceebad3f22bb","run":"77777777777777770000000000000007","sequence":13,"time":1700000000000,"v":1}');
CREATE TABLE grdb_migrations (identifier TEXT NOT NULL PRIMARY KEY);
INSERT INTO grdb_migrations VALUES('1');
CREATE INDEX runs_by_start ON runs (started);
CREATE INDEX runs_by_runbook ON runs (runbook, started);
CREATE INDEX runs_by_parent ON runs (parent) WHERE parent IS NOT NULL;
CREATE INDEX runs_unfinished ON runs (key) WHERE ended IS NULL;
CREATE INDEX sources_by_blob ON sources (blob);
CREATE UNIQUE INDEX targets_by_name ON targets (run, node);
CREATE INDEX targets_by_node ON targets (node, run);
CREATE INDEX targets_by_outcome ON targets (run, outcome);
CREATE INDEX attempts_by_node ON attempts (node, intended) WHERE intended IS NOT NULL;
CREATE INDEX attempts_by_name ON attempts (name, run);
CREATE UNIQUE INDEX output_blocks_by_place
    ON output_blocks (run, target, step, attempt, stream, start);
CREATE INDEX captures_by_blob ON captures (blob) WHERE blob IS NOT NULL;
CREATE INDEX leases_by_run ON leases (run) WHERE run IS NOT NULL;
CREATE INDEX audit_by_run ON audit (run, sequence) WHERE run IS NOT NULL;
CREATE TRIGGER audit_is_never_altered BEFORE UPDATE ON audit
BEGIN SELECT RAISE(ABORT, 'audit records are never altered'); END;
CREATE TRIGGER audit_is_never_deleted BEFORE DELETE ON audit
BEGIN SELECT RAISE(ABORT, 'audit records are never deleted'); END;
CREATE TRIGGER audit_only_grows BEFORE INSERT ON audit
WHEN NEW.sequence IS NOT (SELECT coalesce(max(sequence), 0) + 1 FROM audit)
BEGIN SELECT RAISE(ABORT, 'audit records are only appended'); END;
COMMIT;
PRAGMA user_version = 1;
PRAGMA application_id = 1380076108;
