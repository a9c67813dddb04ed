/** The process that started this one with an IPC channel. */
export interface ParentProcess {
  /** Dropped once the parent is gone. */
  send(message: object): void;
  /** Aborted when the parent goes away. */
  readonly gone: AbortSignal;
  /** Watches standard input, whose other end the parent holds: aborted when that closes. */
  pipeClosed(): AbortSignal;
  /** Lets this process live on without it. */
  leave(): void;
}

/** The parent to report to, or undefined when this process was started without a channel. */
export function parentProcess(): ParentProcess | undefined {
  if (process.send === undefined) return undefined;
  const gone = new AbortController();
  process.once('disconnect', () => gone.abort());
  return {
    send: (message) => {
      if (process.connected) process.send?.(message);
    },
    gone: gone.signal,
    pipeClosed: inputClosed,
    leave: () => {
      if (process.connected) process.disconnect();
    },
  };
}

/** A parent that dies in any way closes it. Without a parent, as in a container, it means nothing. */
function inputClosed(): AbortSignal {
  const closed = new AbortController();
  process.stdin.on('error', () => closed.abort());
  process.stdin.once('end', () => closed.abort());
  process.stdin.once('close', () => closed.abort());
  process.stdin.resume();
  return closed.signal;
}
