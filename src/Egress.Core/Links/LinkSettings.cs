using Egress.Links.Keys;
using Egress.Settings;

namespace Egress.Links;

/// <summary>The settings of the API for links.</summary>
internal static class LinkSettings
{
    internal static readonly SettingGroup Group = new(
        "Link API",
        """
        Without a key there is no API, and `/links` is answered with 404. A request contains the secret as `X-Api-Key` or `Authorization: Bearer`.

        To replace a secret without a gap, add a key of the same name, change the clients, and remove the old key. A key with buckets or prefixes
        makes links to their objects only, and sees and revokes only links that a key of its name created. See [api.md](api.md#keys).
        """);

    internal static readonly Setting<string?> AdminKey = Group.Add<string?>(new("ADMIN_API_KEY", ApiKeyFormat.Secret)
    {
        Default = null,
        Example = "change-me-to-a-long-random-text",
        IsSecret = true,
        Text = "Secret of the key `admin`, which may use every object and every link. `openssl rand -hex 32` generates a good secret.",
    });

    internal static readonly Setting<IReadOnlyList<ApiKey>> Keys = Group.Add<IReadOnlyList<ApiKey>>(new("API_KEYS", ApiKeyFormat.Keys)
    {
        Default = [],
        Example = "shop:change-me-to-a-long-random-text:photos/2024/,public;reports:another-long-random-text",
        IsSecret = true,
        Text = "Further keys, each as `name:secret` or `name:secret:bucket/prefix,bucket`, separated by `;` or line breaks. A prefix usually ends with "
            + "a slash; Within a prefix, `%`, `,` and `;` are percent-encoded.",
    });

    internal static LinkOptions Bind(SettingBinder binder)
    {
        var (admin, keys) = (binder.Get(AdminKey), binder.Get(Keys));
        if (admin is not null && keys.Any(key => key.Matches(ApiKey.Digest(admin))))
        {
            binder.Fault($"{binder.NameOf(Keys)} has a key with the secret of {AdminKey.Name}; each key needs its own");
        }

        return new LinkOptions { Keys = admin is null ? keys : [new ApiKey(ApiKeyFormat.AdminName, admin, []), .. keys] };
    }
}
