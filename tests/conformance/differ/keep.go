package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
)

// keep writes the cases of files whose notes stand on standard input, a case a line. Numbers stay as written.
func keep(files []string) error {
	wanted := map[string]bool{}
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		wanted[lines.Text()] = true
	}
	separator := "{\"cases\": [\n"
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		var all struct {
			Cases []json.RawMessage `json:"cases"`
		}
		if err := json.Unmarshal(text, &all); err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
		for _, raw := range all.Cases {
			c := map[string]any{}
			if err := decodeNumbers(string(raw), &c); err != nil {
				return err
			}
			note, _ := c["note"].(string)
			if !wanted[note] {
				continue
			}
			line, err := json.Marshal(c)
			if err != nil {
				return err
			}
			fmt.Print(separator, string(line))
			separator = ",\n"
		}
	}
	if separator[0] == '{' {
		fmt.Print(separator)
	}
	fmt.Println("\n]}")
	return nil
}
