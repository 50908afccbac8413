const SIGNS: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

/** Text that stays text where it is rendered as HTML. */
export const escapeHtml = (text: string): string => text.replace(/[&<>]/g, (sign) => SIGNS[sign]);

/** The same within a quoted attribute. */
export const escapeAttribute = (text: string): string => text.replace(/[&<>"']/g, (sign) => SIGNS[sign]);
