/** A request that is answered with a status and one line of plain text, as Consul words its errors. */
export class Refusal extends Error {
  readonly status: number;

  constructor(status: number, text: string) {
    super(text);
    this.name = 'Refusal';
    this.status = status;
  }
}

/** 501 for what Consul can do and this registry cannot; never a silent success. */
export function notSupported(what: string): Refusal {
  return new Refusal(501, `Not supported by this registry: ${what}`);
}

export function unknownService(id: string): Refusal {
  return new Refusal(
    404,
    `Unknown service ID ${JSON.stringify(id)}. Ensure that the service ID is passed, not the service name.`,
  );
}

export function unknownCheck(id: string): Refusal {
  return new Refusal(
    404,
    `Unknown check ID ${JSON.stringify(id)}. Ensure that the check ID is passed, not the check name.`,
  );
}
