//go:build runtime

package main

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"kong-llm-gateway/internal/test/runtime/standin"
)

// pauseOfWords is slow enough to be seen.
const pauseOfWords = 60 * time.Millisecond

// say is what the stand-in for Bedrock says: what it is, what it heard, and where the call went.
func say(call standin.Call) standin.Said {
	heard, length := hear(call.Body)
	const charactersOfAToken = 4 // a usual estimate of English text
	said := standin.Said{Pause: pauseOfWords, InputTokens: max(1, length/charactersOfAToken)}
	text := fmt.Sprintf("[Stand-in for Amazon Bedrock, not a model.] You said %q, and here a model would answer. Your call came through LiteLLM, which knew the key, "+
		"looked at its budget and adds about %d tokens in to its spend.", heard, said.InputTokens)
	said.Words = strings.SplitAfter(text, " ")
	said.OutputTokens = len(text) / charactersOfAToken
	return said
}

// block is a piece of content, of Converse or of Anthropic's messages.
type block struct {
	Text string `json:"text"`
}

// hear finds the last thing that the user said, and how many characters there are in all.
func hear(body string) (string, int) {
	var request struct {
		Messages []struct {
			Role    string          `json:"role"`
			Content json.RawMessage `json:"content"`
		} `json:"messages"`
	}
	if json.Unmarshal([]byte(body), &request) != nil {
		return "", len(body)
	}
	last := ""
	for _, message := range request.Messages {
		var blocks []block
		var text string
		if json.Unmarshal(message.Content, &text) == nil {
			blocks = []block{{Text: text}}
		} else if json.Unmarshal(message.Content, &blocks) != nil {
			continue
		}
		for _, b := range blocks {
			// Claude Code puts notes of its own beside what its user says.
			if text := strings.TrimSpace(b.Text); message.Role == "user" && text != "" && !strings.HasPrefix(text, "<system-reminder>") {
				last = text
			}
		}
	}
	const most = 200
	if utf8.RuneCountInString(last) > most {
		last = string([]rune(last)[:most]) + "…"
	}
	return last, len(body)
}
