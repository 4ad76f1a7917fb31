using System.Globalization;
using Egress.Settings.Formats;

namespace Egress.Records.Urls;

/// <summary>Creates setters for the kinds of values that options of URLs have.</summary>
/// <typeparam name="T">The configuration of a driver.</typeparam>
internal static class OptionValue<T>
{
    public static OptionSetter<T> Text(Action<T, string> set) => (target, value) =>
    {
        if (value.Length == 0)
        {
            return "a text that is not empty";
        }

        set(target, value);
        return null;
    };

    public static OptionSetter<T> OneOf(params (string Value, Action<T> Set)[] choices) => (target, value) =>
    {
        foreach (var (name, set) in choices)
        {
            if (name.Equals(value, StringComparison.OrdinalIgnoreCase))
            {
                set(target);
                return null;
            }
        }

        return $"one of {string.Join(", ", choices.Select(choice => choice.Value))}";
    };

    public static OptionSetter<T> Number(int least, int most, Action<T, int> set) => (target, value) =>
    {
        if (!int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) || number < least || number > most)
        {
            return string.Create(CultureInfo.InvariantCulture, $"a whole number from {least} to {most}");
        }

        set(target, number);
        return null;
    };

    /// <summary>Creates the setter of an option whose value is a duration in Go's grammar.</summary>
    public static OptionSetter<T> Duration(Action<T, TimeSpan> set) => (target, value) =>
    {
        if (!GoDuration.TryParse(value, out var duration) || duration > TimeSpan.FromDays(1))
        {
            return "a duration up to 24h, as 30m or 1h";
        }

        set(target, duration);
        return null;
    };

    /// <summary>Creates the setter of an option whose value is a boolean, in one of the spellings that Go's drivers accept.</summary>
    public static OptionSetter<T> Flag(Action<T, bool> set) => (target, value) =>
    {
        bool? flag = value.ToLowerInvariant() switch
        {
            "true" or "1" or "t" => true,
            "false" or "0" or "f" => false,
            _ => null,
        };
        if (flag is null)
        {
            return "true or false";
        }

        set(target, flag.Value);
        return null;
    };
}
