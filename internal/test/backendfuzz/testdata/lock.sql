-- A statement fails while an index page is locked: nobody may wait for that until the call ends.
-- session 0 wait=100ms probe="insert into fz.keys values (repeat('Z', 3))"
select fz.f_locked(false);
-- session 0 wait=100ms probe="insert into fz.keys values (repeat('Z', 3))"
select fz.f_locked(true);
