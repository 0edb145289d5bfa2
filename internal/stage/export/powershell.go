package export

import (
	"encoding/base64"
	"fmt"
	"strings"

	"sessionlab/internal/stage/record"
)

// powershell returns commands for Windows PowerShell 5.1 and PowerShell 7.
//
// They pass double quotes to programs in different ways, and both change what is piped. Therefore curl reads
// its options from a file. The file comes from a here-string, in which only a line that begins with '@ is
// special, or from base64 if the text could not be pasted. The program is curl.exe: in Windows PowerShell,
// curl is another command.
func powershell(c *copied) string {
	if !c.sendable() {
		return ""
	}
	body := c.Body.Text
	options := c.curlOptions()
	readable := printable(strings.NewReplacer("\n", "", "\r", "", "\t", "").Replace(body))
	if readable && body != "" {
		options = append(options, curlOption{name: "data-raw", value: body})
	}
	var config strings.Builder
	for _, o := range options {
		if o.flag {
			config.WriteString(o.name + "\n")
			continue
		}
		fmt.Fprintf(&config, "%s = \"%s\"\n", o.name, strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`, "\r", `\r`, "\t", `\t`).Replace(o.value))
	}
	c.note("stage.note.powershell")
	if record.Get(c.Header, "Accept-Encoding") != "" {
		c.note("stage.note.compressed")
	}
	var b strings.Builder
	b.WriteString("$options = [IO.Path]::GetTempFileName()\n")
	if text := config.String(); printable(strings.ReplaceAll(text, "\n", "")) {
		b.WriteString("[IO.File]::WriteAllText($options, @'\n" + text + "'@)\n")
	} else {
		b.WriteString(writeBytes("$options", text))
	}
	if readable {
		return b.String() + "curl.exe --config $options\nRemove-Item $options\n"
	}
	b.WriteString("$body = [IO.Path]::GetTempFileName()\n" + writeBytes("$body", body))
	return b.String() + "curl.exe --config $options --data-binary \"@$body\"\nRemove-Item $options, $body\n"
}

// writeBytes returns the PowerShell that writes any bytes to a file.
func writeBytes(file, content string) string {
	return "[IO.File]::WriteAllBytes(" + file + ", [Convert]::FromBase64String('" + base64.StdEncoding.EncodeToString([]byte(content)) + "'))\n"
}
