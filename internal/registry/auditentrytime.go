package registry

import (
	"bytes"
	"time"
)

// A timestamp of an entry is RFC 3339, "2026-01-01T00:00:01.5+02:00", and is
// hashed in UTC as "2025-12-31T22:00:01.500+00:00": a fraction of 3, 6 or 9
// digits, as few as hold it, or none. Offsets are whole minutes, so seconds and
// fraction stay what they are, the 60th of a leap second too.
const (
	dateAndTime = len("2006-01-02T15:04:05")
	toMinutes   = len("2006-01-02T15:04")
	offsetLen   = len("+00:00")
	maxFraction = 9
)

// isTimestamp reports whether text is a timestamp, of the years 0000 to 9999
// also in UTC.
func isTimestamp(text []byte) bool {
	if len(text) < dateAndTime+1 || !isForm(text[:dateAndTime], "0000-00-00T00:00:00") {
		return false
	}
	year, month, day := decimal(text[:4]), decimal(text[5:7]), decimal(text[8:10])
	if month < 1 || month > 12 || day < 1 || day > daysIn(year, month) || decimal(text[11:13]) > 23 || decimal(text[14:16]) > 59 || decimal(text[17:19]) > 60 {
		return false
	}
	fraction, zone := splitSecond(text)
	if rest := text[dateAndTime : len(text)-len(zone)]; len(rest) > 0 && (len(fraction) == 0 || len(fraction) > maxFraction) {
		return false
	}
	if len(zone) == 1 {
		return zone[0] == 'Z'
	}
	if len(zone) != offsetLen || zone[0] != '+' && zone[0] != '-' || !isForm(zone[1:], "00:00") || decimal(zone[1:3]) > 23 || decimal(zone[4:]) > 59 {
		return false
	}
	y := inUTC(text, zone).Year()
	return y >= 0 && y <= 9999
}

// splitSecond returns the digits behind the point of the second, if any, and what
// follows them.
func splitSecond(text []byte) (fraction, zone []byte) {
	zone = text[dateAndTime:]
	if len(zone) == 0 || zone[0] != '.' {
		return nil, zone
	}
	end := 1
	for end < len(zone) && zone[end] >= '0' && zone[end] <= '9' {
		end++
	}
	return zone[1:end], zone[end:]
}

// appendUTC appends a timestamp as it is hashed.
func appendUTC(b, text []byte) []byte {
	fraction, zone := splitSecond(text)
	if len(zone) == 1 || string(zone[1:]) == "00:00" {
		b = append(b, text[:dateAndTime]...)
	} else {
		b = inUTC(text, zone).AppendFormat(b, "2006-01-02T15:04")
		b = append(b, text[toMinutes:dateAndTime]...)
	}
	fraction = bytes.TrimRight(fraction, "0")
	if len(fraction) > 0 {
		b = append(append(b, '.'), fraction...)
		b = append(b, "00"[:(3-len(fraction)%3)%3]...)
	}
	return append(b, "+00:00"...)
}

// inUTC is the minute of a timestamp with an offset.
func inUTC(text, zone []byte) time.Time {
	offset := decimal(zone[1:3])*60 + decimal(zone[4:])
	if zone[0] == '-' {
		offset = -offset
	}
	return time.Date(decimal(text[:4]), time.Month(decimal(text[5:7])), decimal(text[8:10]), decimal(text[11:13]), decimal(text[14:16])-offset, 0, 0, time.UTC)
}

// isForm reports whether text has a digit where form has 0, and else the same.
func isForm(text []byte, form string) bool {
	if len(text) != len(form) {
		return false
	}
	for i, c := range text {
		if form[i] == '0' {
			if c < '0' || c > '9' {
				return false
			}
		} else if c != form[i] {
			return false
		}
	}
	return true
}

// decimal is the number that digits write.
func decimal(digits []byte) int {
	n := 0
	for _, c := range digits {
		n = 10*n + int(c-'0')
	}
	return n
}

func daysIn(year, month int) int {
	switch month {
	case 4, 6, 9, 11:
		return 30
	case 2:
		if year%4 == 0 && (year%100 != 0 || year%400 == 0) {
			return 29
		}
		return 28
	}
	return 31
}
