/** An output of a run cannot be written. The message is a whole sentence for the user and names the output. */
export class OutputError extends Error {}
