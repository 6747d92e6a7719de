/** Where reading stands in the chunk at hand. Readers move `at`; they may keep parts of the chunk, never change it. */
export interface InputCursor {
  chunk: Buffer;
  at: number;
}
