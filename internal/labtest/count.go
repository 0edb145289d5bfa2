package labtest

import (
	"encoding/json"
	"fmt"
	"net/http"
)

// Count adds one to the session counter of the lab at base, and returns the count. The client's cookies choose the session.
func Count(client *http.Client, base string) (int, error) {
	response, err := client.Get(base + "/get_add_session/")
	if err != nil {
		return 0, err
	}
	defer response.Body.Close()
	var answer struct{ Res int }
	if err := json.NewDecoder(response.Body).Decode(&answer); err != nil {
		return 0, err
	}
	if response.StatusCode != http.StatusOK {
		return 0, fmt.Errorf("answered %s", response.Status)
	}
	return answer.Res, nil
}
