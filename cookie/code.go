package cookie

// Code names the reason for a verdict. Where Chromium's DevTools know the reason,
// the code has the name that they use.
type Code string

// Reasons for refusing a Set-Cookie line.
const (
	ReasonDisallowedCharacter         Code = "DisallowedCharacter"
	ReasonNameValuePairExceedsMaxSize Code = "NameValuePairExceedsMaxSize"
	ReasonNoCookieContent             Code = "NoCookieContent"
	ReasonInvalidDomain               Code = "InvalidDomain"
	ReasonInvalidPrefix               Code = "InvalidPrefix"
	ReasonInvalidPartitioned          Code = "InvalidPartitioned"
	ReasonSameSiteNoneInsecure        Code = "SameSiteNoneInsecure"
	ReasonOverwriteSecure             Code = "OverwriteSecure"
	ReasonOverwriteHTTPOnly           Code = "OverwriteHttpOnly"      // set by a script
	ReasonAmbiguousSerialization      Code = "AmbiguousSerialization" // no name, and "=" in the value
)

// Reasons for not sending a cookie; some of them are also reasons for refusing a line.
const (
	ReasonSecureOnly                               Code = "SecureOnly"
	ReasonHTTPOnly                                 Code = "HttpOnly" // asked for by a script
	ReasonNotOnPath                                Code = "NotOnPath"
	ReasonDomainMismatch                           Code = "DomainMismatch"
	ReasonSameSiteStrict                           Code = "SameSiteStrict"
	ReasonSameSiteLax                              Code = "SameSiteLax"
	ReasonSameSiteUnspecifiedTreatedAsLax          Code = "SameSiteUnspecifiedTreatedAsLax"
	ReasonSchemefulSameSiteStrict                  Code = "SchemefulSameSiteStrict"
	ReasonSchemefulSameSiteLax                     Code = "SchemefulSameSiteLax"
	ReasonSchemefulSameSiteUnspecifiedTreatedAsLax Code = "SchemefulSameSiteUnspecifiedTreatedAsLax"
	ReasonPartitionMismatch                        Code = "PartitionMismatch"
	ReasonUserPreferences                          Code = "UserPreferences" // the browser blocks cookies in pages embedded from other sites
)

// Reasons for ignoring one attribute of a line while the cookie itself is kept.
const (
	ReasonAttributeValueExceedsMaxSize Code = "AttributeValueExceedsMaxSize"
	ReasonInvalidExpires               Code = "InvalidExpires"
	ReasonInvalidMaxAge                Code = "InvalidMaxAge"
	ReasonInvalidPath                  Code = "InvalidPath"
	ReasonInvalidSameSite              Code = "InvalidSameSite"
	ReasonUnknownAttribute             Code = "UnknownAttribute"
	ReasonEmptyAttribute               Code = "EmptyAttribute"
	ReasonOverridden                   Code = "Overridden"
	ReasonExpiresOverridden            Code = "ExpiresOverridden"
)

// Codes returns every code, for programs that have a text for each.
func Codes() []Code {
	return []Code{
		ReasonDisallowedCharacter, ReasonNameValuePairExceedsMaxSize, ReasonNoCookieContent, ReasonInvalidDomain, ReasonInvalidPrefix,
		ReasonInvalidPartitioned, ReasonSameSiteNoneInsecure, ReasonOverwriteSecure, ReasonOverwriteHTTPOnly, ReasonAmbiguousSerialization,
		ReasonSecureOnly, ReasonHTTPOnly, ReasonNotOnPath, ReasonDomainMismatch, ReasonSameSiteStrict, ReasonSameSiteLax,
		ReasonSameSiteUnspecifiedTreatedAsLax, ReasonSchemefulSameSiteStrict, ReasonSchemefulSameSiteLax,
		ReasonSchemefulSameSiteUnspecifiedTreatedAsLax, ReasonPartitionMismatch, ReasonUserPreferences,
		ReasonAttributeValueExceedsMaxSize, ReasonInvalidExpires, ReasonInvalidMaxAge, ReasonInvalidPath, ReasonInvalidSameSite,
		ReasonUnknownAttribute, ReasonEmptyAttribute, ReasonOverridden, ReasonExpiresOverridden,
	}
}

// Section returns the section of draft 22 that has the rule, or "" if the rule does
// not come from the draft.
func (c Code) Section() string {
	switch c {
	case ReasonDisallowedCharacter, ReasonNameValuePairExceedsMaxSize, ReasonAttributeValueExceedsMaxSize,
		ReasonUnknownAttribute, ReasonEmptyAttribute:
		return "5.6"
	case ReasonInvalidExpires:
		return "5.6.1"
	case ReasonInvalidMaxAge:
		return "5.6.2"
	case ReasonInvalidPath:
		return "5.6.4"
	case ReasonInvalidSameSite:
		return "5.6.7"
	case ReasonNoCookieContent, ReasonInvalidDomain, ReasonInvalidPrefix, ReasonSameSiteNoneInsecure,
		ReasonOverwriteSecure, ReasonOverwriteHTTPOnly, ReasonOverridden, ReasonExpiresOverridden:
		return "5.7"
	case ReasonHTTPOnly, ReasonNotOnPath, ReasonDomainMismatch, ReasonSecureOnly, ReasonSameSiteStrict,
		ReasonSameSiteLax, ReasonSameSiteUnspecifiedTreatedAsLax, ReasonSchemefulSameSiteStrict,
		ReasonSchemefulSameSiteLax, ReasonSchemefulSameSiteUnspecifiedTreatedAsLax:
		return "5.8.3"
	}
	return ""
}
