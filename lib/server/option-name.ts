/** `maxSessions` of the library as a configuration file has it: `max-sessions`. */
export const optionName = (name: string): string =>
  name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
