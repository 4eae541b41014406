export const redactText = (text: string): string => text
