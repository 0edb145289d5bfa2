package django

import (
	"net/http"
	"slices"
	"strings"
	"testing"
)

// labEncoding begins every password that the lab encodes.
const labEncoding = "argon2$argon2id$v=19$m=19456,t=2,p=1$"

// Django accepts the passwords of the lab's members.
func TestDjangoAcceptsPasswords(t *testing.T) {
	lab, django := both(t)
	for _, test := range []struct{ name, password string }{
		{"ada", "correct horse"},
		{"unicode", "密码 naïve 🍪 пароль"},
		{"nfd", "cafe\u0301 cafe\u0301"}, // neither side normalizes
		{"long", strings.Repeat("0123456789abcdef", 64)},
		{"dollars", "$argon2$$a:b%s\\"},
	} {
		t.Run(test.name, func(t *testing.T) {
			lab.browser().register(test.name, test.password)
			if encoded := ask[string](django, "encoded", test.name); !strings.HasPrefix(encoded, labEncoding) {
				t.Errorf("the lab wrote %.40s", encoded)
			}
			if ask[bool](django, "member_is", test.name, test.password+"x") {
				t.Error("Django accepts a wrong password")
			}
			if !ask[bool](django, "member_is", test.name, test.password) {
				t.Error("Django does not accept the password")
			}
			// Django has just encoded it again, with its own parameters.
			if encoded := ask[string](django, "encoded", test.name); strings.HasPrefix(encoded, labEncoding) {
				t.Errorf("Django left %.40s", encoded)
			}
			lab.browser().logIn(http.StatusSeeOther, test.name, test.password)
		})
	}
}

// Members that Django added can log in to the lab, which encodes their passwords again; Django accepts the new encoding.
func TestLabAcceptsPasswords(t *testing.T) {
	lab, django := both(t)
	known := ask[[]string](django, "hashers")
	const password = "密码 correct horse"
	for _, hasher := range []string{"argon2", "pbkdf2_sha256", "bcrypt_sha256", "scrypt"} {
		t.Run(hasher, func(t *testing.T) {
			if !slices.Contains(known, hasher) {
				t.Log("this Django has none")
				return
			}
			django.do("add_member", hasher, password, hasher)
			lab.browser().logIn(http.StatusUnprocessableEntity, hasher, password+"x")
			if encoded := ask[string](django, "encoded", hasher); !strings.HasPrefix(encoded, hasher+"$") {
				t.Errorf("a wrong password left %.40s", encoded)
			}
			lab.browser().logIn(http.StatusSeeOther, hasher, password)
			if encoded := ask[string](django, "encoded", hasher); !strings.HasPrefix(encoded, labEncoding) {
				t.Errorf("the lab left %.40s", encoded)
			}
			if ask[bool](django, "member_is", hasher, password+"x") || !ask[bool](django, "member_is", hasher, password) {
				t.Error("Django does not tell the password that the lab encoded from another")
			}
			lab.browser().logIn(http.StatusSeeOther, hasher, password)
		})
	}

	django.do("add_member", "unusable", nil)
	lab.browser().logIn(http.StatusUnprocessableEntity, "unusable", password)
	lab.browser().logIn(http.StatusUnprocessableEntity, "unusable", "")
}

// After one side changes a password, the other accepts the new one.
func TestChangedPassword(t *testing.T) {
	lab, django := both(t)
	b := lab.browser()
	b.register("ada", "correct horse")
	b.logIn(http.StatusSeeOther, "ada", "correct horse")
	other := lab.browser()
	other.logIn(http.StatusSeeOther, "ada", "correct horse")

	b.post(http.StatusSeeOther, "/online/account/password/", "old", "correct horse", "new", "battery staple")
	if ask[bool](django, "member_is", "ada", "correct horse") || !ask[bool](django, "member_is", "ada", "battery staple") {
		t.Error("Django does not know the password that the lab changed")
	}
	if ask[bool](django, "exists", other.key()) {
		t.Error("Django sees the other session of the member")
	}
	if !ask[bool](django, "exists", b.key()) {
		t.Error("Django does not see the session that changed the password")
	}

	django.do("set_password", "ada", "a third one, then")
	lab.browser().logIn(http.StatusUnprocessableEntity, "ada", "battery staple")
	lab.browser().logIn(http.StatusSeeOther, "ada", "a third one, then")

	b.logIn(http.StatusSeeOther, "ada", "a third one, then")
	b.post(http.StatusSeeOther, "/online/account/delete/", "pwd", "a third one, then")
	if err := django.try(nil, "encoded", "ada"); err == nil || !strings.Contains(err.Error(), "DoesNotExist") {
		t.Errorf("Django still finds the member that the lab deleted: %v", err)
	}
}
