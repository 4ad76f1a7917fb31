using System.Collections;

namespace Egress.Downloads;

/// <summary>
/// Candidates in pages. A single array of many would lie in the large object heap, which is seldom collected: the garbage of every download that is
/// planned would stay for long.
/// </summary>
internal sealed class CandidateList : IEnumerable<Candidate>
{
    private const int PageLength = 512;
    private const int FirstLength = 16;

    private readonly List<Candidate[]> _pages = [];

    public int Count { get; private set; }

    /// <summary>A candidate in its place. Different ones may be changed at the same time.</summary>
    public ref Candidate this[int index] => ref _pages[index / PageLength][index % PageLength];

    public void Add(in Candidate candidate)
    {
        var (page, place) = (Count / PageLength, Count % PageLength);
        if (page == _pages.Count)
        {
            _pages.Add(new Candidate[page == 0 ? FirstLength : PageLength]);
        }
        else if (place == _pages[page].Length)
        {
            var longer = _pages[page];
            Array.Resize(ref longer, 2 * place);
            _pages[page] = longer;
        }

        this[Count++] = candidate;
    }

    public IEnumerator<Candidate> GetEnumerator() => _pages.SelectMany(static page => page).Take(Count).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
