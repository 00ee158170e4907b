package config

// DatabaseParameter is one setting of the PostgreSQL server.
type DatabaseParameter struct{ Name, Value string }

// DatabaseParameters are the server's settings that differ from RDS's own: TLS only, and statements that take longer (in milliseconds) are logged.
// Their parameters are not, nor are those of failing ones: they hold prompts and answers, and PostgreSQL logs them whole unless told otherwise
// (PostgreSQL documentation, Error Reporting and Logging: log_parameter_max_length is -1, log_parameter_max_length_on_error 0 by default).
func DatabaseParameters() []DatabaseParameter {
	return []DatabaseParameter{
		{"rds.force_ssl", "1"},
		{"log_min_duration_statement", "2000"},
		{"log_parameter_max_length", "0"},
		{"log_parameter_max_length_on_error", "0"},
	}
}
