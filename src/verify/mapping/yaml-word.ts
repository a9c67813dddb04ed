/** A text as YAML takes it back; as a JSON string where it is not plain. */
export function yamlText(text: string): string {
  return /^[A-Za-z_$][\w$.-]*$/.test(text) && !/^(?:true|false|null|yes|no)$/i.test(text)
    ? text
    : JSON.stringify(text);
}
