package cost

import (
	"strconv"
	"strings"

	"kong-llm-gateway/config"
)

const hoursPerWeek = 168

var weekdays = []string{"SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"}

// activeShare is the part of the week in which the services run: 1 without a schedule. Expressions of more than a full hour and days of the week
// are not followed, and count as all the time.
func activeShare(s config.Schedule) (share float64, followed bool) {
	if !s.On() {
		return 1, true
	}
	start, starts := marks(s.Start)
	stop, stops := marks(s.Stop)
	if !starts || !stops {
		return 1, false
	}
	running, hours := false, 0
	// Two rounds: the first finds out the state at the week's start.
	for hour := range 2 * hoursPerWeek {
		of := hour % hoursPerWeek
		running = (running || start[of]) && !stop[of]
		if running && hour >= hoursPerWeek {
			hours++
		}
	}
	return float64(hours) / hoursPerWeek, true
}

// marks are the hours of the week at which a cron expression fires.
func marks(expression string) ([hoursPerWeek]bool, bool) {
	var hours [hoursPerWeek]bool
	fields := strings.Fields(strings.TrimSuffix(strings.TrimPrefix(expression, "cron("), ")"))
	if len(fields) != 6 {
		return hours, false
	}
	every := func(field string) bool { return field == "*" || field == "?" }
	if fields[0] != "0" || !every(fields[2]) || !every(fields[3]) || !every(fields[5]) {
		return hours, false
	}
	hour, err := strconv.Atoi(fields[1])
	if err != nil || hour < 0 || hour > 23 {
		return hours, false
	}
	for day := range weekdays {
		on, known := includes(fields[4], day)
		if !known {
			return hours, false
		}
		hours[day*24+hour] = on
	}
	return hours, true
}

// includes says whether a day-of-week field (*, ?, MON-FRI, MON,WED) has a day.
func includes(field string, day int) (on, known bool) {
	if field == "*" || field == "?" {
		return true, true
	}
	for _, part := range strings.Split(field, ",") {
		first, last, isRange := strings.Cut(part, "-")
		if !isRange {
			last = first
		}
		from, to := index(first), index(last)
		if from < 0 || to < 0 {
			return false, false
		}
		on = on || from == day || from <= day && day <= to || from > to && (day >= from || day <= to)
	}
	return on, true
}

func index(name string) int {
	for i, weekday := range weekdays {
		if weekday == name || strconv.Itoa(i+1) == name {
			return i
		}
	}
	return -1
}
