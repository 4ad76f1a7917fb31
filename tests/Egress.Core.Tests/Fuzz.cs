using System.Globalization;
using CsCheck;

namespace Egress.Core.Tests;

/// <summary>
/// Runs a check with generated cases. The seeds are fixed, so that every run checks the same cases. <c>EGRESS_FUZZ</c> multiplies the number of
/// cases, and <c>EGRESS_FUZZ_SEED</c> sets another first seed.
/// </summary>
internal static class Fuzz
{
    private static readonly uint Factor = Number("EGRESS_FUZZ");
    private static readonly uint Seed = Number("EGRESS_FUZZ_SEED");

    /// <summary>Checks generated cases. A failing case is reduced to a short one.</summary>
    public static void Check<T>(this Gen<T> cases, Action<T> check, int count)
    {
        var random = new PCG(1, Seed);
        for (var left = count * (long)Factor; left > 0; left--)
        {
            var seed = random.ToString();
            var value = cases.Generate(random, null, out _);
            try
            {
                check(value);
            }
            catch
            {
                cases.Sample(check, seed: seed, iter: count);
                throw;
            }
        }
    }

    /// <summary>Checks generated cases of two values asynchronously, one after the other.</summary>
    public static async Task CheckAsync<T1, T2>(this Gen<(T1, T2)> cases, Func<T1, T2, Task> check, int count)
    {
        var random = new PCG(1, Seed);
        for (var left = count * (long)Factor; left > 0; left--)
        {
            var seed = random.ToString();
            var (first, second) = cases.Generate(random, null, out _);
            try
            {
                await check(first, second);
            }
            catch
            {
                await cases.SampleAsync(check, seed: seed, iter: count);
                throw;
            }
        }
    }

    /// <summary>Checks generated cases of two values.</summary>
    public static void Check<T1, T2>(this Gen<(T1, T2)> cases, Action<T1, T2> check, int count) =>
        cases.Check(it => check(it.Item1, it.Item2), count);

    /// <summary>Checks generated cases of five values.</summary>
    public static void Check<T1, T2, T3, T4, T5>(this Gen<(T1, T2, T3, T4, T5)> cases, Action<T1, T2, T3, T4, T5> check, int count) =>
        cases.Check(it => check(it.Item1, it.Item2, it.Item3, it.Item4, it.Item5), count);

    private static uint Number(string variable) =>
        uint.TryParse(Environment.GetEnvironmentVariable(variable), NumberStyles.None, CultureInfo.InvariantCulture, out var value) ? value : 1;
}
