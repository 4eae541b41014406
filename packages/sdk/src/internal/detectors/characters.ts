/**
 * The digit zero of every script whose digits stand in a row of ten: Unicode's category Nd (17.0).
 * A test compares the list with what the JavaScript engine knows.
 */
export const zeros: ReadonlyArray<number> = [
  0x30, 0x660, 0x6f0, 0x7c0, 0x966, 0x9e6, 0xa66, 0xae6, 0xb66, 0xbe6, 0xc66, 0xce6, 0xd66, 0xde6,
  0xe50, 0xed0, 0xf20, 0x1040, 0x1090, 0x17e0, 0x1810, 0x1946, 0x19d0, 0x1a80, 0x1a90, 0x1b50,
  0x1bb0, 0x1c40, 0x1c50, 0xa620, 0xa8d0, 0xa900, 0xa9d0, 0xa9f0, 0xaa50, 0xabf0, 0xff10, 0x104a0,
  0x10d30, 0x10d40, 0x11066, 0x110f0, 0x11136, 0x111d0, 0x112f0, 0x11450, 0x114d0, 0x11650, 0x116c0,
  0x116d0, 0x116da, 0x11730, 0x118e0, 0x11950, 0x11bf0, 0x11c50, 0x11d50, 0x11da0, 0x11de0, 0x11f50,
  0x16130, 0x16a60, 0x16ac0, 0x16b50, 0x16d70, 0x1ccf0, 0x1d7ce, 0x1d7d8, 0x1d7e2, 0x1d7ec, 0x1d7f6,
  0x1e140, 0x1e2f0, 0x1e4f0, 0x1e5f1, 0x1e950, 0x1fbf0,
]

/** Rows of digits that are no decimal digits for Unicode but read as such: superscripts, circles. */
export const digitRows: ReadonlyArray<{ readonly from: number; readonly digits: string }> = [
  { from: 0xb2, digits: "23" },
  { from: 0xb9, digits: "1" },
  { from: 0x2070, digits: "0" },
  { from: 0x2074, digits: "456789" },
  { from: 0x2080, digits: "0123456789" },
  { from: 0x2460, digits: "123456789" },
  { from: 0x24ea, digits: "0" },
  { from: 0x24f5, digits: "123456789" },
  { from: 0x24ff, digits: "0" },
  { from: 0x2776, digits: "123456789" },
  { from: 0x2780, digits: "123456789" },
  { from: 0x278a, digits: "123456789" },
]

/** Characters that stand between the groups of a number. */
export const separators: ReadonlyArray<{
  readonly what: string
  readonly from: number
  readonly to?: number
}> = [
  { what: "tab", from: 0x09 },
  { what: "space, and + where a URL encodes one", from: 0x20 },
  { what: "space in a URL", from: 0x2b },
  { what: "comma, dash, dot, slash", from: 0x2c, to: 0x2f },
  { what: "underscore", from: 0x5f },
  { what: "no-break space", from: 0xa0 },
  { what: "soft hyphen", from: 0xad },
  { what: "middle dot", from: 0xb7 },
  { what: "Mongolian vowel separator", from: 0x180e },
  {
    what: "spaces of all widths, zero width characters, marks of direction",
    from: 0x2000,
    to: 0x200f,
  },
  { what: "hyphens and dashes", from: 0x2010, to: 0x2015 },
  { what: "hyphenation point", from: 0x2027 },
  { what: "embeddings of direction, narrow no-break space", from: 0x202a, to: 0x202f },
  { what: "fraction slash", from: 0x2044 },
  {
    what: "mathematical space, invisible operators, isolates of direction",
    from: 0x205f,
    to: 0x206f,
  },
  { what: "enclosing keycap", from: 0x20e3 },
  { what: "minus, division slash", from: 0x2212 },
  { what: "division slash", from: 0x2215 },
  { what: "dot operator", from: 0x22c5 },
  { what: "ideographic space", from: 0x3000 },
  { what: "katakana middle dot", from: 0x30fb },
  { what: "variation selectors", from: 0xfe00, to: 0xfe0f },
  { what: "small hyphen-minus", from: 0xfe63 },
  { what: "byte order mark", from: 0xfeff },
  { what: "fullwidth comma, hyphen-minus, full stop, solidus", from: 0xff0c, to: 0xff0f },
  { what: "fullwidth low line", from: 0xff3f },
]

/** Characters that stand for hidden digits: `4957 03** **** 0462`, `XXXX-1234`, `•••• 1234`. */
export const maskCharacters = "*xX•●·#…"
