using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Unicode;

namespace Egress.Http.Pages;

/// <summary>
/// HTML markup. An interpolated string of this type encodes the inserted values unless they are markup themselves, so that no text of a record can
/// become markup.
/// </summary>
[InterpolatedStringHandler]
internal readonly struct Html
{
    private static readonly HtmlEncoder Encoder = HtmlEncoder.Create(UnicodeRanges.All);

    private readonly StringBuilder _markup;

    /// <summary>Creates the markup of an interpolated string. Called by the compiler.</summary>
    public Html(int literalLength, int formattedCount) => _markup = new StringBuilder(literalLength + (formattedCount * 16));

    private Html(StringBuilder markup) => _markup = markup;

    /// <summary>Empty markup.</summary>
    public static Html Empty => new(new StringBuilder());

    /// <summary>Creates markup from a text without encoding it. The text must be a constant of Egress.</summary>
    public static Html Raw(string markup) => new(new StringBuilder(markup));

    /// <summary>Concatenates parts.</summary>
    public static Html Join(IEnumerable<Html> parts)
    {
        var all = new StringBuilder();
        foreach (var part in parts)
        {
            all.Append(part._markup);
        }

        return new Html(all);
    }

    /// <summary>Appends a literal part of an interpolated string without encoding it. Called by the compiler.</summary>
    public void AppendLiteral(string markup) => _markup.Append(markup);

    /// <summary>Appends an inserted text, which is encoded. Called by the compiler.</summary>
    public void AppendFormatted(string? text) => _markup.Append(Encoder.Encode(text ?? ""));

    /// <summary>Appends an inserted number. Called by the compiler.</summary>
    public void AppendFormatted(long number) => _markup.Append(CultureInfo.InvariantCulture, $"{number}");

    /// <summary>Appends inserted markup without encoding it. Called by the compiler.</summary>
    public void AppendFormatted(Html markup) => _markup.Append(markup._markup);

    /// <inheritdoc/>
    public override string ToString() => _markup.ToString();
}
