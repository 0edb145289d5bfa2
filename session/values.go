package session

import "math"

// GetString returns a value that is a string, or "".
func (s *values) GetString(name string) string {
	v, _ := s.Get(name).(string)
	return v
}

// GetBool returns a value that is a bool, or false.
func (s *values) GetBool(name string) bool {
	v, _ := s.Get(name).(bool)
	return v
}

// GetInt returns a value that is a whole number and fits, or 0.
func (s *values) GetInt(name string) int { return Int(s.Get(name)) }

// GetFloat64 returns a value that is a number, or 0. Integers beyond 2^53 are rounded.
func (s *values) GetFloat64(name string) float64 {
	switch v := s.Get(name).(type) {
	case int:
		return float64(v)
	case int64:
		return float64(v)
	case float64:
		return v
	case interface{ Float64() (float64, error) }: // json.Number
		f, _ := v.Float64() // out of range is an infinity
		return f
	}
	return 0
}

// Int returns a value that Get has returned, or that Update's function was given, as an int; 0 if it
// is not a whole number or does not fit.
func Int(v any) int {
	switch v := v.(type) {
	case int:
		return v
	case float64:
		if v == math.Trunc(v) && math.Abs(v) < 1<<53 {
			return int(v)
		}
	}
	return 0
}
