package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// sbom writes what is linked into a program, Go's library too, as CycloneDX
// has it. It is read from the program itself.
func (b build) sbom(ctx context.Context, t target, program string) error {
	path := filepath.Join(b.out, "ssmcheck_"+b.version+"_"+t.os+"_"+t.arch+".cdx.json")
	if err := tool(ctx, b.source, b.env, cyclonedx, "bin", "-json", "-std", "-noserial", "-notimestamp",
		"-version", "v"+b.version, "-output", path, program); err != nil {
		return err
	}
	raw, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	data, err := settle(raw, b.time)
	if err != nil {
		return fmt.Errorf("%s: %w", filepath.Base(path), err)
	}
	return os.WriteFile(path, data, 0o644)
}

// settle takes out of an SBOM what depends on the machine that made it, the
// sums of the tool's own program, and puts in the time of the commit.
func settle(raw []byte, made time.Time) ([]byte, error) {
	var bom map[string]any
	if err := json.Unmarshal(raw, &bom); err != nil {
		return nil, err
	}
	metadata, ok := bom["metadata"].(map[string]any)
	if !ok {
		return nil, fmt.Errorf("an SBOM without metadata")
	}
	metadata["timestamp"] = made.UTC().Format(time.RFC3339)
	tools, ok := metadata["tools"].([]any)
	if !ok {
		return nil, fmt.Errorf("an SBOM that does not say which tool made it")
	}
	for _, tool := range tools {
		if tool, ok := tool.(map[string]any); ok {
			delete(tool, "hashes")
		}
	}
	var buf bytes.Buffer
	encoder := json.NewEncoder(&buf)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	err := encoder.Encode(bom)
	return buf.Bytes(), err
}
