-- Removes from LiteLLM's database what its admin API leaves of a person after scripts/litellm-users.sh erase-user; docs/operations.md, "Erase a person".
--   psql … -v ON_ERROR_STOP=1 -v person=ada@example.com -f scripts/erase-user.sql
-- The sums per day stay, under a name that is nobody's: what was spent is still right.
BEGIN;
DELETE FROM "LiteLLM_SpendLogs" WHERE "user" = :'person';
DELETE FROM "LiteLLM_DeletedVerificationToken" WHERE user_id = :'person';
UPDATE "LiteLLM_DailyUserSpend" SET user_id = nobody.name
  FROM (SELECT 'erased-' || left(md5(random()::text), 12) AS name) AS nobody WHERE user_id = :'person';
COMMIT;
