-- A large estate writes a hundred thousand of these at each look, each into the index by age as well.
-- What is old is looked for once a run, and reading them all for it takes a hundredth of that.
DROP INDEX memberships_by_age;
