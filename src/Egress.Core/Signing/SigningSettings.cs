using Egress.Settings;
using Egress.Settings.Formats;

namespace Egress.Signing;

/// <summary>Settings of links and their signatures.</summary>
internal static class SigningSettings
{
    internal static readonly SettingGroup Group = new(
        "Links and signatures",
        """
        A link is signed with HMAC-SHA256 over the id and its expiry. A signature in a link is always checked, even if signatures are not required.

        To change the secret without breaking links, put the new one first: `SIGNING_SECRET=new,old`. The first secret signs new links, and links
        signed with any of them are valid. The whole text is also accepted as one secret, because a secret of a version before lists may contain
        commas.
        """);

    internal static readonly Setting<string?> Secret = Group.Add<string?>(new("SIGNING_SECRET", new ValueFormat<string?>(
        "a secret, or several separated by commas", TryParseSecret, text => text ?? ""))
    {
        Default = null,
        DefaultInWords = "none; with the embedded database a secret that is generated and kept in `DATA_DIR`",
        Example = "change-me-to-a-long-random-text",
        IsSecret = true,
        Text = "The secret that signs links. `openssl rand -hex 32` generates a good one.",
    });

    private static readonly SigningOptions Defaults = new();

    private static readonly Setting<bool> Enforce = Group.Add<bool>(new("ENFORCE_SIGNING", ValueFormats.Boolean)
    {
        Default = Defaults.Enforce,
        DefaultInWords = "`false`; `true` with the embedded database",
        Text = "Whether links without a signature are refused (401). Needs `SIGNING_SECRET`.",
    });

    private static readonly Setting<bool> RequireExpiry = Group.Add<bool>(new("REQUIRE_EXPIRY", ValueFormats.Boolean)
    {
        Default = Defaults.RequireExpiry,
        Text = "Whether links without an expiry are refused (401).",
    });

    private static readonly Setting<TimeSpan> MaxLinkLifetime = Group.Add<TimeSpan>(new("MAX_LINK_LIFETIME", ValueFormats.Duration())
    {
        Default = Defaults.MaxLinkLifetime,
        Text = "The longest time until a link expires. Links with a later expiry are refused (401). `0` is unlimited. Links without an expiry are not "
            + "affected: see `REQUIRE_EXPIRY`.",
    });

    private static readonly Setting<TimeSpan> ResumeGrace = Group.Add<TimeSpan>(new("RESUME_GRACE", ValueFormats.Duration())
    {
        Default = Defaults.ResumeGrace,
        Text = "How long after its expiry a link still resumes an interrupted download. The request must have a valid signature, a `Range` that starts "
            + "above 0 and an `If-Range` that matches the archive. `0` turns this off.",
    });

    private static readonly Setting<TimeSpan> LinkLifetime = Group.Add<TimeSpan>(new("LINK_LIFETIME", ValueFormats.Duration())
    {
        Default = Defaults.LinkLifetime,
        Text = "Lifetime of new links if the request or command gives none. At most `MAX_LINK_LIFETIME`. With `0` such links do not expire.",
    });

    private static readonly Setting<Uri?> PublicUrl = Group.Add<Uri?>(new("PUBLIC_URL", ValueFormats.HttpUrl)
    {
        Default = null,
        Example = "https://downloads.example.com",
        Text = "Base URL of the links that Egress prints. Egress never takes it from the `Host` header of a request.",
    });

    internal static SigningOptions Bind(SettingBinder binder, EmbeddedDefaults embedded)
    {
        var options = new SigningOptions
        {
            Secret = binder.Get(Secret),
            Enforce = binder.Get(Enforce, embedded.Records || Defaults.Enforce),
            RequireExpiry = binder.Get(RequireExpiry),
            MaxLinkLifetime = binder.Get(MaxLinkLifetime),
            ResumeGrace = binder.Get(ResumeGrace),
            LinkLifetime = binder.Get(LinkLifetime),
            PublicUrl = binder.Get(PublicUrl),
        };
        Check(binder, options, embedded);
        return options;
    }

    private static void Check(SettingBinder binder, SigningOptions options, EmbeddedDefaults embedded)
    {
        if (options.Enforce && !binder.IsSet(Secret) && !embedded.SigningSecret)
        {
            binder.Fault($"{Enforce.Name} is true, but {Secret.Name} is not set; allowed: {Secret.AllowedInPlainText}");
        }

        if (!options.Enforce && binder.IsSet(Secret))
        {
            binder.Warn($"{Secret.Name} is set, but {Enforce.Name} is not: links without a signature work too");
        }

        if (options.RequireExpiry && options.LinkLifetime == TimeSpan.Zero && options.MaxLinkLifetime == TimeSpan.Zero)
        {
            binder.Fault($"{LinkLifetime.Name} is 0, but {RequireExpiry.Name} is true: links made here would be refused; "
                + $"allowed: a {LinkLifetime.Name} above 0");
        }

        if (options.MaxLinkLifetime > TimeSpan.Zero && !options.RequireExpiry)
        {
            binder.Warn($"{MaxLinkLifetime.Name} is set, but {RequireExpiry.Name} is not: links without an expiry work forever");
        }
    }

    // The text is not trimmed, because spaces may belong to an old secret.
    private static bool TryParseSecret(string text, out string? value)
    {
        value = text;
        return text.Split(',').Any(part => !string.IsNullOrWhiteSpace(part));
    }
}
