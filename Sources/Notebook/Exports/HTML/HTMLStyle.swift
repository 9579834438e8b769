// How an exported page looks: a hand-out, light or dark as the reader's system is, black on white on paper.

enum HTMLStyle {
    static let text = """
        :root{color-scheme:light dark;--page:#fff;--ink:#1d2126;--quiet:#626a73;--line:#dde1e6;--code:#f5f6f8;\
        --edge:#c9cfd6;--link:#0a5bb0;
        --keyword:#8a2f8f;--string:#2b6e34;--number:#9a4a00;--comment:#69727d;--call:#0a5bb0;--command:#7a5b00;\
        --error:#b3261e;--error-back:#fdf1f0}
        @media screen and (prefers-color-scheme:dark){:root{--page:#16181c;--ink:#dcdfe4;--quiet:#98a1ab;\
        --line:#31363d;--code:#1f2227;--edge:#454c55;--link:#7db7ff;
        --keyword:#d9a0e0;--string:#97cf93;--number:#eeb57c;--comment:#8b949e;--call:#86bbff;--command:#dfc26b;\
        --error:#ff9a90;--error-back:#2d1d1e}}
        @media print{:root{color-scheme:light}}
        *{box-sizing:border-box}
        html{-webkit-text-size-adjust:100%;text-size-adjust:100%}
        body{margin:0 auto;padding:2.5rem 1.25rem 4rem;max-width:46rem;background:var(--page);color:var(--ink);
        font:1.0625rem/1.6 Charter,"Bitstream Charter","Sitka Text",Cambria,"Noto Serif",Georgia,serif;\
        overflow-wrap:break-word}
        h1,h2,h3,h4,h5,h6{line-height:1.25;font-weight:650;text-wrap:balance}
        h1{font-size:2rem;margin:0 0 1.5rem}
        h2{font-size:1.4rem;margin:2.75rem 0 1rem}
        h3{font-size:1.15rem;margin:2rem 0 .75rem}
        h4,h5,h6{font-size:1rem;margin:1.5rem 0 .5rem}
        p,ul,ol,blockquote{margin:0 0 1rem}
        ul,ol{padding-left:1.5rem}
        li>ul,li>ol{margin:0}
        li>p{margin:0 0 .5rem}
        a{color:var(--link);text-decoration-thickness:1px;text-underline-offset:2px}
        blockquote{padding-left:1rem;border-left:3px solid var(--line);color:var(--quiet)}
        hr{border:0;border-top:1px solid var(--line);margin:2rem 0}
        img{max-width:100%;height:auto}
        code,pre,.out table,.math{font-family:ui-monospace,"Cascadia Mono","SF Mono",Menlo,Consolas,"DejaVu Sans \
        Mono","Liberation Mono",monospace}
        p code,li code,td code,h1 code,h2 code,h3 code,figcaption code{font-size:.86em;background:var(--code);\
        padding:.1em .3em;border-radius:3px}
        .math{font-size:.9em}
        .formula{margin:0 0 1rem;padding:.2rem 0;overflow-x:auto;overflow-y:hidden}
        math{font-size:1.06em;font-family:"Latin Modern Math","STIX Two Math","Cambria Math","Libertinus Math",\
        "TeX Gyre Termes Math","Noto Sans Math",math}
        math[display=block]{margin:.2rem auto}
        math .unknown{font-family:ui-monospace,monospace;color:var(--error)}
        mtd.l{text-align:left}
        mtd.r{text-align:right}
        div.math{margin:0 0 1rem;text-align:center;white-space:pre-wrap}
        pre{font-size:.8125rem;line-height:1.5;margin:0 0 1rem;overflow-x:auto;tab-size:4}
        pre.code,pre.block{padding:.75rem 1rem;background:var(--code);border-radius:5px}
        pre .l{display:block;padding-left:2ch;text-indent:-2ch;white-space:pre-wrap;overflow-wrap:anywhere}
        pre .i2{padding-left:4ch;text-indent:-4ch}
        pre .i4{padding-left:6ch;text-indent:-6ch}
        pre .i6{padding-left:8ch;text-indent:-8ch}
        pre .i8{padding-left:10ch;text-indent:-10ch}
        .cell{margin:0 0 1.5rem}
        .cell pre.code{margin:0;white-space:pre-wrap;border-left:3px solid var(--edge);border-radius:0 5px 5px 0}
        .out{margin:.6rem 0 0;padding:0 1rem 0 calc(1rem + 3px)}
        .out.error{padding:.6rem 1rem;border-left:3px solid var(--error);border-radius:0 5px 5px 0;\
        background:var(--error-back);color:var(--error);line-height:1.35}
        .wide{overflow-x:auto}
        .aside{margin:.5rem 0 0;padding-left:calc(1rem + 3px);color:var(--quiet);font-size:.9rem;font-style:italic}
        table{border-collapse:collapse;margin:0 0 1rem;font-size:.95rem;font-variant-numeric:tabular-nums}
        .out table{font-size:.8125rem;margin:0}
        .out.wide p{margin:0 0 .4rem;color:var(--quiet);font-size:.9rem}
        .out.wide table+p{margin:.5rem 0 0}
        th,td{padding:.3rem .9rem .3rem 0;text-align:left;vertical-align:top}
        th:last-child,td:last-child{padding-right:0}
        .out tbody td:first-child{white-space:nowrap}
        th{font-weight:650;border-bottom:1px solid var(--edge);vertical-align:bottom}
        tbody td{border-bottom:1px solid var(--line)}
        th.n,td.n{text-align:right}
        th.c,td.c{text-align:center}
        figure{margin:.5rem 0 0;padding:0}
        figure svg{display:block;width:100%;height:auto;margin:0 auto}
        .cell figure svg.lethe-plot .ground{fill:var(--page)}
        .cell figure svg.lethe-plot .height{stroke:var(--page)}
        figcaption{margin:.5rem auto 0;max-width:40rem;text-align:center;color:var(--quiet);font-size:.93rem}
        pre .k{color:var(--keyword);font-weight:600}
        pre .s{color:var(--string)}
        pre .n{color:var(--number);white-space:nowrap}
        pre .c{color:var(--comment);font-style:italic}
        pre .f{color:var(--call)}
        pre .a{color:var(--quiet)}
        pre .m{color:var(--command)}
        nav{font-size:.93rem;line-height:1.4;margin:0 0 2.5rem;padding:1rem 1.25rem;border:1px solid var(--line);\
        border-radius:5px}
        nav ol{margin:0;padding:0;list-style:none}
        nav li{margin:.35rem 0}
        .knobs{display:grid;grid-template-columns:max-content minmax(6rem,1fr) max-content;gap:.35rem .9rem;\
        align-items:center;margin:.75rem 0 0;padding:.6rem 1rem;border:1px solid var(--line);border-radius:5px;\
        font-size:.9rem}
        .knobs[hidden],[data-at][hidden]{display:none}
        .knobs input{width:100%;accent-color:var(--link)}
        .knobs output{font-variant-numeric:tabular-nums;min-width:5em}
        details.solution{margin:0 0 1.5rem;padding:.6rem 1rem;border:1px dashed var(--edge);border-radius:5px}
        details.solution summary{cursor:pointer;color:var(--link)}
        details.solution>:nth-child(2){margin-top:.75rem}
        footer{margin-top:3.5rem;padding-top:.75rem;border-top:1px solid var(--line);color:var(--quiet);\
        font-size:.85rem}
        @media screen and (min-width:76rem){
        body.with-contents{margin-left:max(18.5rem,calc(50vw - 23rem))}
        nav{position:fixed;top:0;bottom:0;width:14.5rem;left:max(1.5rem,calc(50vw - 40.5rem));margin:0;padding:2.9rem \
        0 2rem;border:0;overflow-y:auto}
        }
        @media (max-width:30rem){
        body{padding:1.5rem 1rem 3rem;font-size:1rem}
        h1{font-size:1.6rem}
        .out,.aside{padding-left:.5rem;padding-right:0}
        .out tbody td:first-child{white-space:normal;min-width:6rem}
        figure{overflow-x:auto}
        figure svg[viewBox^="0 0 640"]{min-width:30rem}
        figure svg[viewBox^="0 0 800"]{min-width:44rem}
        }
        @media print{
        .knobs{display:none}
        @page{margin:18mm 16mm}
        body{padding:0;max-width:none;font-size:10.5pt}
        pre,.out table{font-size:8.5pt}
        pre{white-space:pre-wrap}
        nav{break-inside:avoid}
        h1,h2,h3,h4{break-after:avoid}
        .cell,figure,blockquote,tr,pre.code,pre.block,.formula,details{break-inside:avoid}
        thead{display:table-header-group}
        .wide,pre,.formula,figure{overflow:visible}
        figure svg{min-width:0!important}
        figure svg{max-width:115mm!important}
        .cell.tall{break-inside:auto}
        .cell pre.code{break-after:avoid}
        h2{margin-top:2rem}
        .cell pre.code{border-left-width:2px;-webkit-print-color-adjust:exact;print-color-adjust:exact}
        a{color:inherit}
        a[href^="http"]::after{content:" (" attr(href) ")";font-size:.85em;overflow-wrap:anywhere}
        }
        """
}
