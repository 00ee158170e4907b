package config

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestCronExpressionsOfAWSAreTakenAndOthersNot(t *testing.T) {
	t.Parallel()
	for _, good := range []string{
		"cron(0 8 ? * MON-FRI *)", "cron(0/15 8-18 ? * 2-6 *)", "cron(0 12 1 * ? *)", "cron(*/10 * L * ? 2026)", "cron(0 9 3W JAN,JUL ? 2026-2030)",
		"cron(15 10 ? * 6L *)", "cron(0 0 ? * 3#2 *)", "cron(0 8 LW * ? *)", "cron(0  8  ?  *  SUN,SAT  *)",
	} {
		require.Empty(t, checkCron(good), good)
	}
	for bad, why := range map[string]string{
		"cron(99 8 ? * MON-FRI *)":  "minutes (99)",
		"cron(0 24 ? * MON-FRI *)":  "hours (24)",
		"cron(0 8 32 * ? *)":        "day of month (32)",
		"cron(0 8 0 * ? *)":         "day of month (0)",
		"cron(0 8 ? 13 MON *)":      "month (13)",
		"cron(0 8 ? * MONDAY *)":    "day of week (MONDAY)",
		"cron(0 8 ? * 0 *)":         "SUN to SAT",
		"cron(0 8 ? * MON/2 *)":     "day of week",
		"cron(0 8 ? * MON#6 *)":     "day of week",
		"cron(0 8 ? * 3#1,6#3 *)":   "day of week",
		"cron(0 8 ? * MON 26)":      "year (26)",
		"cron(? 8 ? * MON *)":       "minutes (?)",
		"cron(0 8 * * * *)":         "? for either",
		"cron(0 8 ? * ? *)":         "? for either",
		"cron(0 8 1 * MON *)":       "? for either",
		"cron(0 8 ? * MON)":         "six fields",
		"0 8 ? * MON *":             "six fields",
		"rate(1 day)":               "six fields",
		"cron(0/0 8 ? * MON *)":     "minutes",
		"cron(0,, 8 ? * MON *)":     "minutes",
		"cron(0 8-26 ? * MON *)":    "hours",
		"cron(0 8 W * ? *)":         "day of month (W)",
		"cron(+5 8 ? * MON-FRI *)":  "minutes (+5)",
		"cron(-5 8 ? * MON-FRI *)":  "minutes (-5)",
		"cron(0 8 ? * MON-FRI *) x": "six fields",
	} {
		require.Contains(t, checkCron(bad), why, bad)
	}
}
