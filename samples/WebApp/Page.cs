using System.Net;
using RQ;

namespace WebApp;

/// <summary>The two pages that a browser sees.</summary>
internal static class Page
{
    public static IResult Form() => Html("""
        <form method="post" action="/count">
          <textarea name="text" rows="8" cols="60" required>to be or not to be</textarea><br>
          <button>Count the words in the background</button>
        </form>
        """);

    /// <summary>Asks again every second while there may be a result soon.</summary>
    public static IResult Of(Job job, int? words)
    {
        bool isComing = job.Status is JobStatus.Queued or JobStatus.Started;
        return Html($"""
            <p>Job {WebUtility.HtmlEncode(job.Id)}: <b>{job.Status}</b></p>
            <p>{(words is not null ? $"{words} words." : isComing ? "No result yet." : "No result.")}</p>
            <p><a href="/">Another text</a></p>
            """, refresh: isComing);
    }

    private static IResult Html(string body, bool refresh = false) => Results.Content($"""
        <!doctype html>
        <html lang="en">
        <head><meta charset="utf-8"><title>Words</title>{(refresh ? "<meta http-equiv=\"refresh\" content=\"1\">" : "")}</head>
        <body>
        {body}
        </body>
        </html>
        """, "text/html; charset=utf-8");
}
