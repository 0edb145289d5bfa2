package view

// DiffLine is a line of a comparison of two texts.
type DiffLine struct {
	Change Change // New: only in the second; Gone: only in the first
	Text   string
}

// maxDiff is how many lines of a text are compared one by one at most.
const maxDiff = 300

// diffLines compares two texts by their longest common subsequence of lines.
func diffLines(a, b []string) (lines []DiffLine) {
	if len(a) > maxDiff || len(b) > maxDiff {
		for _, text := range a {
			lines = append(lines, DiffLine{Gone, text})
		}
		for _, text := range b {
			lines = append(lines, DiffLine{New, text})
		}
		return lines
	}
	// common[i][j] is the length of the longest common subsequence of a[i:] and b[j:].
	common := make([][]int, len(a)+1)
	for i := range common {
		common[i] = make([]int, len(b)+1)
	}
	for i := len(a) - 1; i >= 0; i-- {
		for j := len(b) - 1; j >= 0; j-- {
			if a[i] == b[j] {
				common[i][j] = common[i+1][j+1] + 1
			} else {
				common[i][j] = max(common[i+1][j], common[i][j+1])
			}
		}
	}
	i, j := 0, 0
	for i < len(a) || j < len(b) {
		switch {
		case i < len(a) && j < len(b) && a[i] == b[j]:
			lines = append(lines, DiffLine{Same, a[i]})
			i, j = i+1, j+1
		case j == len(b) || i < len(a) && common[i+1][j] >= common[i][j+1]:
			lines = append(lines, DiffLine{Gone, a[i]})
			i++
		default:
			lines = append(lines, DiffLine{New, b[j]})
			j++
		}
	}
	return lines
}

func changedLines(lines []DiffLine) (n int) {
	for _, line := range lines {
		if line.Change != Same {
			n++
		}
	}
	return n
}
