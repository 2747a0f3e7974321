/**
 * Text from peers made safe for a terminal: control characters, among them those that begin escape sequences, and
 * characters that turn the direction of the line become `\xNN` and `\uNNNN`.
 */
export const printable = (text: string): string =>
  text.replace(/[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g, (character) => {
    const code = character.charCodeAt(0).toString(16);
    return code.length <= 2 ? `\\x${code.padStart(2, '0')}` : `\\u${code.padStart(4, '0')}`;
  });
