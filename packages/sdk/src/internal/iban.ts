/** Whether the text is an IBAN in electronic form. Source: ISO 13616 and ISO 7064, MOD 97-10. */
export const isIban = (text: string): boolean => {
  if (!/^[A-Z]{2}\d{2}[A-Z0-9]{11,30}$/.test(text)) return false
  const rearranged = text.slice(4) + text.slice(0, 4)
  let remainder = 0
  for (const character of rearranged) {
    // Letters count as two digits: A is 10, Z is 35.
    const value = Number.parseInt(character, 36)
    remainder = (remainder * (value < 10 ? 10 : 100) + value) % 97
  }
  return remainder === 1
}
