"""The domains that mail.com gives addresses at, as Delta Chat's provider list has them."""

_LISTED = """
2die4.com accountant.com activist.com adexec.com africamail.com aircraftmail.com alabama.usa.com
alaska.usa.com allergist.com alumni.com alumnidirector.com americamail.com amorous.com angelic.com
archaeologist.com arizona.usa.com artlover.com asia-mail.com atheist.com australiamail.com bartender.net
berlin.com bigger.com bikerider.com birdlover.com blader.com boardermail.com brazilmail.com brew-master.com
california.usa.com californiamail.com caress.com catlover.com cheerful.com chef.net chemist.com
chinamail.com clerk.com cliffhanger.com collector.org columnist.com comic.com computer4u.com consultant.com
contractor.net coolsite.net counsellor.com count.com couple.com cutey.com cyber-wizard.com cyberdude.com
cybergal.com dallasmail.com dbzmail.com deliveryman.com diplomats.com disciples.com doctor.com doglover.com
doramail.com dr.com dublin.com earthling.net elvisfan.com email.com engineer.com englandmail.com europe.com
europemail.com execs.com fan.com feelings.com financier.com fireman.net florida.usa.com footballer.com
gardener.com geologist.com germanymail.com graduate.org graphic-designer.com hackermail.com hairdresser.net
hilarious.com hockeymail.com homemail.com hot-shot.com hour.com humanoid.net illinois.usa.com iname.com
innocent.com inorbit.com instruction.com instructor.net insurer.com irelandmail.com italymail.com japan.com
journalist.com keromail.com kittymail.com koreamail.com lawyer.com legislator.com linuxmail.org london.com
loveable.com lovecat.com mad.scientist.com madonnafan.com madrid.com mail.com mail.org marchmail.com
mexicomail.com mindless.com minister.com mobsters.com monarchy.com moscowmail.com munich.com musician.org
muslim.com myself.com newyork.usa.com null.net nycmail.com oath.com optician.com pacificwest.com
petlover.com photographer.net playful.com poetic.com politician.com popstar.com post.com presidency.com
priest.com programmer.net publicist.com realtyagent.com reborn.com reggaefan.com religious.com repairman.com
representative.com rescueteam.com revenue.com rocketship.com rockfan.com rome.com royal.net saintly.com
salesperson.net sanfranmail.com scientist.com scotlandmail.com secretary.net seductive.com singapore.com
snakebite.com songwriter.net soon.com spainmail.com teachers.org techie.com technologist.com texas.usa.com
thegame.com therapist.net toke.com tokyo.com toothfairy.com tvstar.com umpire.com usa.com uymail.com
wallet.com webname.com weirdness.com who.net whoever.com winning.com witty.com worker.com workmail.com
writeme.com yours.com
"""
DOMAINS = tuple(_LISTED.split())
