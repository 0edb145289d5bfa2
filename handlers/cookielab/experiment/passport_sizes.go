package experiment

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Lengths to try, in bytes: close together where browsers have their bounds.
var (
	pairLengths      = []int{1000, 4000, 4093, 4094, 4095, 4096, 4097, 4098, 5000}
	longLengths      = []int{8000, 8190, 8191, 8192, 8193}
	attributeLengths = []int{100, 1022, 1023, 1024, 1025, 1026, 2048, 4096}
)

// sizeFacts returns the facts about sizes.
func sizeFacts() []Fact {
	return []Fact{
		{Name: "pair", Group: "sizes", Section: "5.6", Value: longestPair, Steps: func(World) (steps []Step) {
			for i, lengths := range [][]int{pairLengths, longLengths} {
				var lines []string
				for _, length := range lengths {
					name := fmt.Sprintf("pair%d", length)
					lines = append(lines, name+"="+strings.Repeat("x", length-len(name)))
				}
				path := fmt.Sprintf("passport/pair/%d/", i)
				steps = append(steps, Step{Name: fmt.Sprintf("pair%d-set", i), Path: path, Set: lines}, Step{Name: fmt.Sprintf("pair%d", i), Path: path})
			}
			return steps
		}},
		{Name: "attribute", Group: "sizes", Section: "5.6", Lines: attributeLines(), Value: longestAttribute},
	}
}

// longestPair returns the longest name and value that was kept.
func longestPair(r *Result, _ Observation) string {
	if !r.Of("pair0").Done || !r.Of("pair1").Done {
		return ""
	}
	return ladder(slices.Concat(pairLengths, longLengths), func(length int) bool {
		name := fmt.Sprintf("pair%d", length)
		value, _ := r.Of("pair0").Value(name)
		if value == "" {
			value, _ = r.Of("pair1").Value(name)
		}
		return len(name)+len(value) == length
	})
}

// attributeLines returns two lines for each length of an attribute. If the browser reads an attribute of that length, the
// zero ends the first cookie. The second cookie must be kept: it shows that the length alone is no reason to refuse a line.
func attributeLines() (lines []string) {
	for _, n := range attributeLengths {
		lines = append(lines,
			fmt.Sprintf("ends%d=1; Max-Age=%s", n, strings.Repeat("0", n)),
			fmt.Sprintf("lives%d=1; Max-Age=%s600", n, strings.Repeat("0", n-len("600"))))
	}
	return lines
}

// longestAttribute returns the longest attribute that was read.
func longestAttribute(_ *Result, came Observation) string {
	if !came.Done {
		return ""
	}
	return ladder(attributeLengths, func(length int) bool {
		return came.Has(fmt.Sprintf("lives%d=1", length)) && !came.Has(fmt.Sprintf("ends%d=1", length))
	})
}

// ladder returns the highest rung up to which all hold: a number if the next rung is one higher, and otherwise the range
// in which the bound must be.
func ladder(rungs []int, holds func(int) bool) string {
	best := -1
	for i, rung := range rungs {
		if !holds(rung) {
			break
		}
		best = i
	}
	switch {
	case best < 0:
		return "< " + strconv.Itoa(rungs[0])
	case best == len(rungs)-1:
		return "≥ " + strconv.Itoa(rungs[best])
	case rungs[best+1] == rungs[best]+1:
		return strconv.Itoa(rungs[best])
	}
	return fmt.Sprintf("%d–%d", rungs[best], rungs[best+1]-1)
}
