import type { ErrorOut, KoaContextWithOIDC } from 'oidc-provider';
import { html, page, pageHeaders } from './html.ts';

/** What a browser is shown where it cannot be sent back to the client. */
export function errorPage(ctx: KoaContextWithOIDC, out: ErrorOut): void {
  ctx.set(pageHeaders());
  ctx.body = page(
    'This request was refused',
    html`<p role="alert">
        <strong>${out.error}</strong>: ${out.error_description ?? 'no more is known'}
      </p>
      <p>Nothing was granted. The client that sent you here must mend its request.</p>`,
  );
}
