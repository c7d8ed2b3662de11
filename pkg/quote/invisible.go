package quote

import "unicode"

// Invisible are the characters that take no room or show nothing, so that two
// texts which look alike differ: Unicode's property
// Default_Ignorable_Code_Point (DerivedCoreProperties.txt of Unicode 15.0, with
// what it reserves for more of them), and the empty pattern of Braille. Every
// output shows them as escapes; the page has the same list.
var Invisible = &unicode.RangeTable{
	R16: []unicode.Range16{
		{Lo: 0x00ad, Hi: 0x00ad, Stride: 1}, // soft hyphen
		{Lo: 0x034f, Hi: 0x034f, Stride: 1}, // combining grapheme joiner
		{Lo: 0x061c, Hi: 0x061c, Stride: 1}, // Arabic letter mark
		{Lo: 0x115f, Hi: 0x1160, Stride: 1}, // fillers of Hangul
		{Lo: 0x17b4, Hi: 0x17b5, Stride: 1}, // inherent vowels of Khmer
		{Lo: 0x180b, Hi: 0x180f, Stride: 1}, // Mongolian variation selectors
		{Lo: 0x200b, Hi: 0x200f, Stride: 1}, // spaces and joiners of no width, marks of direction
		{Lo: 0x202a, Hi: 0x202e, Stride: 1}, // embeddings and overrides of direction
		{Lo: 0x2060, Hi: 0x206f, Stride: 1}, // word joiner, invisible operators, isolates
		{Lo: 0x2800, Hi: 0x2800, Stride: 1}, // Braille pattern blank
		{Lo: 0x3164, Hi: 0x3164, Stride: 1}, // filler of Hangul
		{Lo: 0xfe00, Hi: 0xfe0f, Stride: 1}, // variation selectors
		{Lo: 0xfeff, Hi: 0xfeff, Stride: 1}, // byte order mark
		{Lo: 0xffa0, Hi: 0xffa0, Stride: 1}, // filler of Hangul, half width
		{Lo: 0xfff0, Hi: 0xfff8, Stride: 1}, // reserved
	},
	R32: []unicode.Range32{
		{Lo: 0x1bca0, Hi: 0x1bca3, Stride: 1}, // controls of shorthand
		{Lo: 0x1d173, Hi: 0x1d17a, Stride: 1}, // controls of music
		{Lo: 0xe0000, Hi: 0xe0fff, Stride: 1}, // tags, more variation selectors, reserved
	},
	LatinOffset: 1,
}
