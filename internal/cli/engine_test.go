package cli

import (
	"strings"
	"testing"
)

func TestParseRedis(t *testing.T) {
	env := map[string]string{"SESSIONLAB_REDIS_USERNAME": "lab", "SESSIONLAB_REDIS_PASSWORD": "from-env"}
	for _, tt := range []struct {
		name     string
		values   []string
		addrs    string
		user     string
		password string
		db       int
		sentinel string
		tls      bool
	}{
		{"none", nil, "", "lab", "from-env", 0, "", false},
		{"one", []string{"redis://localhost:6380/3"}, "localhost:6380", "lab", "from-env", 3, "", false},
		{"its password goes first", []string{"redis://u:p@localhost"}, "localhost:6379", "u", "p", 0, "", false},
		{"its user and the environment's password", []string{"redis://u@localhost"}, "localhost:6379", "u", "from-env", 0, "", false},
		{"by TLS", []string{"rediss://:p@redis.test:6390"}, "redis.test:6390", "", "p", 0, "", true},
		{"a Cluster", []string{"redis://a:1", "redis://b:2,redis://c:3"}, "a:1 b:2 c:3", "lab", "from-env", 0, "", false},
		{"Sentinels", []string{"redis://a:26379?master_name=lab,redis://b:26379"}, "a:26379 b:26379", "lab", "from-env", 0, "lab", false},
		{"a Cluster by TLS", []string{"rediss://u:p@a:1,rediss://b:2"}, "a:1 b:2", "u", "p", 0, "", true},
		{"a Sentinel by TLS", []string{"rediss://a?master_name=lab"}, "a:6379", "lab", "from-env", 0, "lab", true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			o, err := parseRedis(tt.values, func(name string) string { return env[name] })
			if err != nil {
				t.Fatal(err)
			}
			if got := strings.Join(o.Addrs, " "); got != tt.addrs || o.Username != tt.user || o.Password != tt.password || o.DB != tt.db || o.MasterName != tt.sentinel || (o.TLSConfig != nil) != tt.tls {
				t.Errorf("addresses %q, user %q, database %d, Sentinel's %q, TLS %t", got, o.Username, o.DB, o.MasterName, o.TLSConfig != nil)
			}
			if o.TLSConfig != nil && (o.TLSConfig.ServerName != "" || o.TLSConfig.InsecureSkipVerify) {
				t.Error("not every server has to show a certificate of its own name")
			}
			said := describeEngine(options{engine: "redis", redisOptions: o})
			if strings.Contains(said, tt.password) {
				t.Errorf("the banner says the password")
			}
		})
	}
}

// Whatever is wrong with the address, the error does not repeat what may be a password.
func TestParseRedisRefuses(t *testing.T) {
	for _, value := range []string{"localhost:6379", "http://u:hidden@localhost", "redis://u:hidden@localhost/x", "redis://u:hidden@loc alhost", "redis://u:hidden@localhost?nothing=1", "redis://u:hidden@a,rediss://u:hidden@b", "unix:///hidden"} {
		_, err := parseRedis([]string{value}, func(string) string { return "" })
		if err == nil || strings.Contains(err.Error(), "hidden") || !strings.Contains(err.Error(), "redis://") {
			t.Errorf("%q: %v", value, err)
		}
	}
	if code, _, errs := command(t, "", nil, "-session-engine", "redis"); code != exitUsage || !strings.Contains(errs, "-redis") {
		t.Errorf("without an address: exit %d, %s", code, errs)
	}
	if code, _, errs := command(t, "", nil, "-session-engine", "signed_cookies", "-hash-session-keys"); code != exitUsage || !strings.Contains(errs, "-hash-session-keys") {
		t.Errorf("no keys to hash: exit %d, %s", code, errs)
	}
}
