import type { KoaContextWithOIDC } from 'oidc-provider';
import { ROUTES } from './configuration.ts';
import type { Feature } from './features.ts';
import { html, page, pageHeaders } from './html.ts';
import { textOf } from './parameters.ts';

/** The device flow (RFC 8628) and its pages: enter the code, compare it, done. */
export function deviceFlow(): Feature<'deviceFlow'> {
  return {
    enabled: true,
    deviceInfo: () => ({}),
    userCodeInputSource: (ctx, ...[, , error]) =>
      send(ctx, 'Connect a device', codeForm(ctx, error)),
    userCodeConfirmSource: (ctx, ...[, { clientId }, , userCode]) =>
      send(ctx, 'Is this your device?', confirmForm(ctx, clientId, userCode)),
    successSource: (ctx: KoaContextWithOIDC) =>
      send(ctx, 'Device connected', html`<p>You can close this page and go on at the device.</p>`),
  };
}

function codeForm(ctx: KoaContextWithOIDC, error: Error | undefined) {
  const fault =
    error === undefined
      ? html``
      : html`<p role="alert" id="fault">
          This code is not right, or no longer: ${error.message}.
        </p>`;
  return html`${fault}
    <form method="post" action="${ROUTES.code_verification}">
      <input type="hidden" name="xsrf" value="${secretOf(ctx)}" />
      <label for="code">The code that the device shows</label>
      <input
        type="text"
        id="code"
        name="user_code"
        value="${prefilled(ctx)}"
        required
        autocomplete="off"
        autocapitalize="characters"
        spellcheck="false"
      />
      <p><button type="submit">Continue</button></p>
    </form>`;
}

function confirmForm(ctx: KoaContextWithOIDC, clientId: string, userCode: string) {
  return html`<p>
      The client <strong>${clientId}</strong> waits for you. Its device must show this code:
    </p>
    <p><strong>${userCode}</strong></p>
    <form method="post" action="${ROUTES.code_verification}">
      <input type="hidden" name="xsrf" value="${secretOf(ctx)}" />
      <input type="hidden" name="user_code" value="${userCode}" />
      <input type="hidden" name="confirm" value="yes" />
      <p>
        <button type="submit">It does</button>
        <button type="submit" name="abort" value="deny">It does not</button>
      </p>
    </form>`;
}

function send(ctx: KoaContextWithOIDC, title: string, body: ReturnType<typeof html>): void {
  ctx.set(pageHeaders());
  ctx.body = page(title, body);
}

function secretOf({ oidc }: KoaContextWithOIDC): string {
  return textOf(oidc.session?.state?.['secret']) ?? '';
}

/** `verification_uri_complete` (RFC 8628 §3.3.1) brings the code along; it is shown, not sent. */
export const PREFILLED = 'prefilledUserCode';

function prefilled({ state }: KoaContextWithOIDC): string {
  return textOf(state[PREFILLED]) ?? '';
}
