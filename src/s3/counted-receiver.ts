import type { BodyReceiver } from '../http/answer-parser.ts';

/** Makes a receiver that tells the number of bytes as they arrive, and hands them on. */
export function countedReceiver(receiver: BodyReceiver, onReceived: (bytes: number) => void): BodyReceiver {
  return {
    receive: (piece, at) => {
      onReceived(piece.length);
      return receiver.receive(piece, at);
    },
    memoryAt: (at) => receiver.memoryAt?.(at),
  };
}
